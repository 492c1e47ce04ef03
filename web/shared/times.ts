import { language } from './texts.ts'

/** How days, months and numbers are written: as the browser's user wants it, in the language of the page. */
export const locale = navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language

/** `42 s`, `3 min 20 s`, `1 h 05 min`, `2 d 4 h` */
export function durationText(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000))
    const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [number, number, number]
    if (minutes === 0) return `${seconds} s`
    if (hours === 0) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`
    if (days === 0) return minutes % 60 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} min` : `${hours} h`
    return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`
}

const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
const [second, minute] = [{ second: '2-digit' as const }, {}].map(
    (seconds) =>
        new Intl.DateTimeFormat(locale, {
            day: 'numeric',
            month: 'short',
            hour: 'numeric',
            minute: '2-digit',
            ...seconds,
        }),
) as [Intl.DateTimeFormat, Intl.DateTimeFormat]

/** How exactly a plot shows times. @param step milliseconds between two of its points */
const exactly = (step: number): Intl.DateTimeFormat => (step >= 86_400_000 ? date : step >= 60_000 ? minute : second)

export const momentText = (at: number, step: number): string => exactly(step).format(at)

/** From one time to another, as short as it can be: `Nov 27, 4:41 – 5:41 AM`. */
export const rangeText = ({ from, to }: { from: number; to: number }): string =>
    (to - from > 8 * 86_400_000 ? date : to - from < 300_000 ? second : minute).formatRange(from, to)

/** The time of the day. */
export const clockText = (at: number): string => clock.format(at)

/** When something began: the time alone if that was today. */
export function whenText(at: number, now: number): string {
    if (new Date(at).toDateString() === new Date(now).toDateString()) return clock.format(at)
    return now - at < 300 * 86_400_000 ? minute.format(at) : date.format(at)
}
