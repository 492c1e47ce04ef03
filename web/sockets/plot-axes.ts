import { locale } from '../shared/times.ts'
import type { Kind } from './energy-history.ts'

/** Watts, or watt-hours, beside the plot: in thousands if there are so many. */
export function axisValues(splits: number[], kind: Kind): string[] {
    const isLarge = Math.max(...splits.map(Math.abs)) >= 2000 && splits.every((split) => split % 100 === 0)
    const unit = `${isLarge ? 'k' : ''}W${kind === 'energy' ? 'h' : ''}`
    const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 })
    return splits.map((split) => `${number.format(isLarge ? split / 1000 : split)} ${unit}`)
}
