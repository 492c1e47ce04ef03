/** Bytes that a device takes in memory beside its id and its properties, with what is remembered of its latest messages. */
const DEVICE = 2500
/** A property, beside its name and its value. */
const PROPERTY = 160
/** An entry of a list or of an object. */
const ENTRY = 64
/** A character, at the most. */
const CHARACTER = 2

/** About how many bytes a JSON value takes in memory beyond a number. */
export function weightOf(value: unknown): number {
    if (typeof value === 'string') return CHARACTER * value.length
    if (typeof value !== 'object' || value === null) return 0
    let bytes = ENTRY
    if (Array.isArray(value)) for (const item of value) bytes += ENTRY + weightOf(item)
    else for (const [name, item] of Object.entries(value)) bytes += ENTRY + CHARACTER * name.length + weightOf(item)
    return bytes
}

export const propertyWeight = (name: string, value: unknown): number => PROPERTY + CHARACTER * name.length + weightOf(value)

export const deviceWeight = (id: string): number => DEVICE + CHARACTER * id.length
