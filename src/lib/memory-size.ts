/** What an object, an array or a value of its own costs at least on the heap, in bytes. */
const THING = 64
const SLOT = 16

/**
 * How much memory a value takes, about, in bytes. It stops looking once that is more than `most`, so that it costs no more time than the
 * value is worth. What belongs to a class of its own, such as a socket, counts as one thing.
 */
export function memorySize(value: unknown, most: number): number {
    const seen = new Set<object>()
    const open: object[] = []
    let bytes = 0
    const count = (one: unknown): void => {
        bytes += SLOT
        if (typeof one === 'string') bytes += one.length * 2
        else if (typeof one === 'object' && one !== null && !seen.has(one)) {
            seen.add(one)
            bytes += THING
            open.push(one)
        }
    }
    count(value)
    for (let next = open.pop(); next && bytes <= most; next = open.pop()) {
        if (next instanceof ArrayBuffer || ArrayBuffer.isView(next)) bytes += next.byteLength
        else
            for (const one of parts(next)) {
                count(one)
                if (bytes > most) break
            }
    }
    return bytes
}

function* parts(thing: object): Generator<unknown> {
    if (Array.isArray(thing) || thing instanceof Set) yield* thing
    else if (thing instanceof Map) for (const entry of thing) yield* entry
    else if ([Object.prototype, null].includes(Object.getPrototypeOf(thing)))
        for (const key in thing) {
            yield key
            yield Reflect.get(thing, key)
        }
}
