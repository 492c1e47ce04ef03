import { detached } from '../lib/index.ts'
import { cell, UPDATED } from './properties.ts'
import type { Sort } from './query.ts'
import type { DeviceRow } from './repository.ts'
import { collator, isNothing, momentOf, natural, sizeOf, textOf } from './values.ts'

/** A value that devices are sorted by; undefined sorts last in both directions. */
type SortValue = number | bigint | string | undefined

/** What decides where a device stands in an order: immutable, and replaced when a value changes. */
export interface SortKey {
    readonly id: string
    readonly values: readonly SortValue[]
}

/** Characters of a text that it is sorted by. */
const MAX_KEY = 256
/** Entries that are sorted or merged in one step. */
const RUN = 32

export interface Order {
    sortKey(row: DeviceRow): SortKey
    compare(a: SortKey, b: SortKey): number
}

/** Makes an order in which no two devices are equal. */
export function orderBy(sorts: readonly Sort[]): Order {
    const readers = sorts.map(reader)
    const ways = sorts.map(({ direction, as }) => ({ sign: direction === 'asc' ? 1 : -1, texts: as === 'text' ? collator : natural }))
    return {
        sortKey: (row) => ({ id: row.id, values: readers.map((read) => read(row)) }),
        compare(a, b) {
            for (let i = 0; i < ways.length; i++) {
                const difference = compareValues(a.values[i], b.values[i], ways[i]!)
                if (difference !== 0) return difference
            }
            return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
        },
    }
}

export const sameSortKey = (a: SortKey, b: SortKey): boolean => a.values.every((value, i) => value === b.values[i])

function compareValues(a: SortValue, b: SortValue, { sign, texts }: { sign: number; texts: Intl.Collator }): number {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    if (typeof a === 'string' && typeof b === 'string') return sign * (a === b ? 0 : texts.compare(a, b))
    if (typeof a !== 'string' && typeof b !== 'string') return sign * (Number(a > b) - Number(a < b))
    return sign * (typeof a === 'string' ? 1 : -1)
}

function reader({ property, as }: Sort): (row: DeviceRow) => SortValue {
    if (property === UPDATED) return (row) => row.updatedAt
    return (row) => {
        const value = cell(row, property)
        if (isNothing(value)) return undefined
        if (as === 'number') return real(sizeOf(value))
        if (as === 'date') return real(momentOf(value))
        return as === 'auto' && typeof value === 'number' ? value : beginning(textOf(value))
    }
}

const real = <T extends number | bigint>(number: T): T | undefined => (Number.isNaN(number) ? undefined : number)

const beginning = (text: string): string => (text.length > MAX_KEY ? detached(text.slice(0, MAX_KEY)) : text)

/** A merge sort in steps. */
export function* sorted<T>(list: readonly T[], compare: (a: T, b: T) => number): Generator<void, T[], undefined> {
    let from: T[] = []
    for (let at = 0; at < list.length; at += RUN) {
        from.push(...list.slice(at, at + RUN).sort(compare))
        yield
    }
    for (let width = RUN; width < list.length; width *= 2) {
        const to: T[] = []
        for (let at = 0; at < list.length; at += 2 * width) yield* merge(from, { at, width }, to, compare)
        from = to
    }
    return from
}

/** Appends two neighbouring runs of a list to another one. */
function* merge<T>(
    from: readonly T[],
    { at, width }: { at: number; width: number },
    to: T[],
    compare: (a: T, b: T) => number,
): Generator<void> {
    const [middle, end] = [Math.min(at + width, from.length), Math.min(at + 2 * width, from.length)]
    for (let [a, b] = [at, middle]; a < middle || b < end; ) {
        const isFirst = b >= end || (a < middle && compare(from[a]!, from[b]!) <= 0)
        to.push(isFirst ? from[a++]! : from[b++]!)
        if (to.length % RUN === 0) yield
    }
}
