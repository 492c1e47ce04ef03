/** Bytes of memory of a device without its id and its properties, with the digests of its latest messages. */
const DEVICE = 2500
/** Bytes of a property without its name and its value. */
const PROPERTY = 160
/** Bytes of an entry of a list or an object. */
const ENTRY = 64
/** Bytes of a character, at most. */
const CHARACTER = 2

/** About how many bytes of memory a JSON value takes, more than a number does. */
export function weightOf(value: unknown): number {
    if (typeof value === 'string') return CHARACTER * value.length
    if (typeof value !== 'object' || value === null) return 0
    let bytes = ENTRY
    if (Array.isArray(value)) for (const item of value) bytes += ENTRY + weightOf(item)
    else for (const name of Object.keys(value)) bytes += ENTRY + CHARACTER * name.length + weightOf(Reflect.get(value, name))
    return bytes
}

export const propertyWeight = (name: string, value: unknown): number => PROPERTY + CHARACTER * name.length + weightOf(value)

export const deviceWeight = (id: string): number => DEVICE + CHARACTER * id.length
