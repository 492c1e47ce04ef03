import { badInput, Refusal } from '../lib/index.ts'

/** What comes from outside may hold: levels, values and characters (bytes of a Buffer) at the most. */
export const LIMITS = { depth: 32, values: 10_000, characters: 2_000_000 }

/** Limits, and whether numbers must be exact: those of a body must, those that a flow has computed need not. */
type Most = typeof LIMITS & { exact: boolean }

const unlimited = Number.POSITIVE_INFINITY

/**
 * Checks what a request brought before anything that recurses sees it; nothing here does.
 * @throws {@link Refusal} 422 `BAD_INPUT` for what is nested too deeply or has a key `__proto__` or a
 * number that may have been rounded when it was read, 413 `TOO_LARGE`
 */
export const checkBody = (body: unknown): void => walk(body, { ...LIMITS, exact: true })

/** Checks only how deeply something is nested, however much it holds. @throws {@link Refusal} 422 `BAD_INPUT` */
export const checkDepth = (value: unknown): void => walk(value, { ...LIMITS, values: unlimited, characters: unlimited, exact: false })

function walk(root: unknown, { values, characters, exact }: Most): void {
    const left: Left = { values, characters, exact, field: 'body' }
    const top: object[] = []
    take(root, top, left)
    for (const body of top) {
        if (Array.isArray(body)) down([body], 1, left)
        else
            for (const key of Object.keys(body)) {
                left.field = key.slice(0, 80)
                const values: object[] = []
                takeOne(body, key, values, left)
                down(values, 2, left)
            }
    }
}

/** Level by level, so that the deepest body costs no more than its first levels. */
function down(parents: object[], from: number, left: Left): void {
    let level = parents
    for (let depth = from; level.length > 0; depth++) {
        if (depth > LIMITS.depth) throw badInput(left.field, `must not be nested deeper than ${LIMITS.depth} levels`)
        const next: object[] = []
        for (const parent of level) takeAll(parent, next, left)
        level = next
    }
}

/** How many values and characters are still allowed, and which field of the body they are in. */
type Left = { values: number; characters: number; exact: boolean; field: string }

function takeAll(parent: object, next: object[], left: Left): void {
    if (Array.isArray(parent)) {
        for (const value of parent) take(value, next, left)
        return
    }
    for (const key of Object.keys(parent)) takeOne(parent, key, next, left)
}

function takeOne(parent: object, key: string, next: object[], left: Left): void {
    // JSON.parse makes it an own property: harmless to us, but not to whatever copies the body further on.
    if (key === '__proto__') throw badInput('__proto__', 'is not a property a message may have')
    spend(left, 'characters', key.length)
    take((parent as Record<string, unknown>)[key], next, left)
}

function take(value: unknown, next: object[], left: Left): void {
    spend(left, 'values', 1)
    if (typeof value === 'string') spend(left, 'characters', value.length)
    else if (typeof value === 'number' && left.exact) checkNumber(value, left)
    else if (ArrayBuffer.isView(value)) spend(left, 'characters', value.byteLength)
    else if (typeof value === 'object' && value !== null) next.push(value)
}

/** JSON.parse rounds what is beyond 2^53, and nobody could tell any more what was meant. */
function checkNumber(value: number, { field }: Left): void {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
        throw badInput(field, 'has a number beyond 2^53, which would be rounded: send it as text')
}

function spend(left: Left, what: 'values' | 'characters', count: number): void {
    left[what] -= count
    if (left[what] >= 0) return
    const reason = `is too large: a body may hold at most ${LIMITS[what]} ${what}`
    throw new Refusal(413, 'TOO_LARGE', `${left.field} ${reason}`, { errors: [{ path: left.field, message: reason }] })
}
