import { isoTime } from '../lib/index.ts'
import { cell } from './properties.ts'
import type { Filter } from './query.ts'
import type { DeviceRow } from './repository.ts'
import { folded, foldedOf, isNothing, natural, sizeOf, textOf } from './values.ts'

/** Whether a device matches. @param now monotonic time in milliseconds */
export type Matches = (row: DeviceRow, now: number) => boolean

/** Makes one test of filters, all of which have to match. */
export function matcher(filters: readonly Filter[]): Matches {
    const tests = filters.map(test)
    return (row, now) => tests.every((holds) => holds(row, now))
}

/** The milliseconds of silence after which a device may begin to match; none if there is no filter for silence. */
export function silences(filters: readonly Filter[]): number[] {
    const all = filters.flatMap(({ op, value }) => (op === 'silent' ? Number(value) * 1000 : []))
    return all.length > 0 ? [Math.max(...all)] : []
}

function test({ property, op, value }: Filter): Matches {
    if (op === 'silent') {
        const ms = Number(value) * 1000
        return (row, now) => now - (row.heardAt ?? Number.NEGATIVE_INFINITY) >= ms
    }
    const compare = op === 'contains' ? contains(value) : op === '=' || op === '!=' ? equals(value) : ordered(value, op)
    if (op === '!=') return (row) => !compare(cell(row, property))
    return (row) => compare(cell(row, property))
}

type Compare = (found: unknown) => boolean

function contains(value: Filter['value']): Compare {
    const wanted = folded(textOf(value))
    return (found) => !isNothing(found) && foldedOf(found).includes(wanted)
}

/** A number equals a text with the same number; two texts have to be the same: `0001` is not `1`. */
function equals(value: Filter['value']): Compare {
    const size = sizeOf(value)
    const text = textOf(value).normalize('NFC')
    return (found) => {
        if (isNothing(found)) return false
        if (typeof found === 'number' || typeof value === 'number') return fits['='](sizeOf(found), size)
        return textOf(found).normalize('NFC') === text
    }
}

/** Compares numbers by size, dates by time, and anything else as text with the numbers in it by size. No text is smaller or greater than a number. */
function ordered(value: Filter['value'], op: '<' | '<=' | '>' | '>='): Compare {
    const [size, date, text] = [sizeOf(value), isoTime(textOf(value)), textOf(value)]
    const holds = fits[op]
    return (found) => {
        if (isNothing(found)) return false
        if (!Number.isNaN(size)) return holds(sizeOf(found), size)
        if (typeof found === 'number') return false
        const at = Number.isNaN(date) ? Number.NaN : isoTime(textOf(found))
        return Number.isNaN(at) ? holds(natural.compare(textOf(found), text), 0) : holds(at, date)
    }
}

type Size = number | bigint

const fits = {
    // A bigint is never identical to a number.
    '=': (a: Size, b: Size) => a >= b && a <= b,
    '<': (a: Size, b: Size) => a < b,
    '<=': (a: Size, b: Size) => a <= b,
    '>': (a: Size, b: Size) => a > b,
    '>=': (a: Size, b: Size) => a >= b,
}
