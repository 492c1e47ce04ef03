import type { Range } from './time-window.ts'
import { clockText, locale } from './times.ts'

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const steps = [1, 2, 5, 10, 15, 30]
    .map((n) => n * MINUTE)
    .concat(
        [1, 2, 3, 6, 12].map((n) => n * HOUR),
        [1, 2, 7, 14].map((n) => n * DAY),
    )

/** Round times of the day, or days, within a time. @param most how many there may be */
export function ticks({ from, to }: Range, most: number): number[] {
    const step = steps.find((one) => (to - from) / one <= most) ?? steps.at(-1)!
    const found = new Set<number>()
    for (let n = 0; ; n++) {
        const tick = new Date(from)
        // Reckoned by the calendar, as some days have 23 or 25 hours.
        tick.setHours(0, 0, 0, 0)
        if (step >= DAY) tick.setDate(tick.getDate() + (n * step) / DAY)
        else tick.setMinutes((n * step) / MINUTE)
        if (tick.getTime() > to) return [...found]
        if (tick.getTime() >= from) found.add(tick.getTime())
    }
}

const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })

/** The time of the day, the day where one begins. */
export function tickText(at: number): string {
    const date = new Date(at)
    return date.getHours() === 0 && date.getMinutes() === 0 ? day.format(at) : clockText(at)
}
