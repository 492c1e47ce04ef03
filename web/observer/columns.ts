import type { Kept } from './kept.ts'

/** What every row has first: what it is addressed by. */
const FIRST = 'serial_number'

/** All columns in the order that was chosen; those that nobody has placed yet come last, in the order they appeared. */
export function ordered(known: string[], { order }: Pick<Kept, 'order'>): string[] {
    const others = [...new Set(known)].filter((property) => property !== FIRST)
    const placed = order.filter((property) => others.includes(property))
    return [FIRST, ...placed, ...others.filter((property) => !placed.includes(property))]
}

/** Those of them that are shown. */
export const visible = (known: string[], kept: Pick<Kept, 'order' | 'hidden'>): string[] =>
    ordered(known, kept).filter((property) => property === FIRST || !kept.hidden.includes(property))

/** The order with a column one place further; what was placed but is not there at the moment keeps its place behind. */
export function moved(known: string[], kept: Pick<Kept, 'order'>, property: string, by: -1 | 1): string[] {
    const order = ordered(known, kept).slice(1)
    const from = order.indexOf(property)
    const to = from + by
    if (from < 0 || to < 0 || to >= order.length) return kept.order
    order.splice(to, 0, ...order.splice(from, 1))
    return [...order, ...kept.order.filter((name) => !order.includes(name))]
}
