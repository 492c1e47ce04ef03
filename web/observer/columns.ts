import type { Preferences } from './preferences.ts'

/** The first column of every row: the device's id. */
const FIRST = 'serial_number'

/** All columns in the preferred order; those without a place in it come last, in the order in which they appeared. */
export function ordered(columns: string[], { order }: Pick<Preferences, 'order'>): string[] {
    const others = [...new Set(columns)].filter((property) => property !== FIRST)
    const placed = order.filter((property) => others.includes(property))
    return [FIRST, ...placed, ...others.filter((property) => !placed.includes(property))]
}

export const visible = (columns: string[], preferences: Pick<Preferences, 'order' | 'hidden'>): string[] =>
    ordered(columns, preferences).filter((property) => property === FIRST || !preferences.hidden.includes(property))

/** The order with a column moved by one; columns that are gone keep their places, at the end, for when they come back. */
export function moved(columns: string[], preferences: Pick<Preferences, 'order'>, property: string, by: -1 | 1): string[] {
    const order = ordered(columns, preferences).slice(1)
    const from = order.indexOf(property)
    const to = from + by
    if (from < 0 || to < 0 || to >= order.length) return preferences.order
    order.splice(to, 0, ...order.splice(from, 1))
    return [...order, ...preferences.order.filter((name) => !order.includes(name))]
}
