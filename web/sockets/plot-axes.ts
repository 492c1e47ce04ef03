import type uPlot from 'uplot'
import { locale } from '../shared/times.ts'
import type { Kind } from './energy-history.ts'

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options)
const second = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' })
const minute = format({ hour: 'numeric', minute: '2-digit' })
const day = format({ day: 'numeric', month: 'short' })
const month = format({ month: 'short' })
const year = format({ year: 'numeric' })

/** Times below the plot, the day where one begins. @param step seconds between two of them */
export function axisTime(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
    return splits.map((split) => {
        const at = new Date(split * 1000)
        if (step >= 28 * 86_400) return (at.getMonth() === 0 ? year : month).format(at)
        if (step >= 86_400 || (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0)) return day.format(at)
        return (step < 60 ? second : minute).format(at)
    })
}

/** Watts, or watt-hours, beside the plot: in thousands if there are so many. */
export function axisValues(splits: number[], kind: Kind): string[] {
    const isLarge = Math.max(...splits.map(Math.abs)) >= 2000 && splits.every((split) => split % 100 === 0)
    const unit = `${isLarge ? 'k' : ''}W${kind === 'energy' ? 'h' : ''}`
    const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 })
    return splits.map((split) => `${number.format(isLarge ? split / 1000 : split)} ${unit}`)
}
