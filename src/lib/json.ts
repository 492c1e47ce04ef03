/** Whether two JSON values are the same, whatever the order of their properties. */
export function same(a: unknown, b: unknown): boolean {
    if (a === b) return true
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
    if (Array.isArray(a) || Array.isArray(b))
        return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
    const entries = Object.entries(a)
    if (entries.length !== Object.keys(b).length) return false
    return entries.every(([name, value]) => Object.hasOwn(b, name) && same(value, Reflect.get(b, name)))
}

/** Whether a JSON value is nested deeper than that. */
export function deeper(value: unknown, levels: number): boolean {
    if (typeof value !== 'object' || value === null) return false
    if (levels === 0) return true
    return Object.values(value).some((item) => deeper(item, levels - 1))
}

/**
 * Sets a property, whose name may be `__proto__` like any other. What has no prototype would do as well, but objects of that kind are slow
 * to make and to read.
 */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
    if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
    else object[name] = value
}

/** Characters up to which V8 copies a part of a text. */
const COPIED = 12

/** A copy of a text: V8 keeps the whole text in memory of which another one is a part. */
export const detached = (text: string): string => (text.length <= COPIED ? text : JSON.parse(JSON.stringify(text)))
