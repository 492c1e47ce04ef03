import type uPlot from 'uplot'
import { locale } from './times.ts'

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

/** A computed color, seen through. @param part from 0 to 1 */
export const alpha = (color: string, part: number): string => color.replace(/^rgb\((.*)\)$/, `rgba($1, ${part})`)
