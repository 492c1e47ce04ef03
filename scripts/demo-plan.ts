// When the appliances of `npm start` have run before its first start.
import { type CurveName, noise } from '../simulators/plug/curves.ts'

/** Times are milliseconds since 1970. */
export interface PlannedRun {
    /** Of the instance: it says that it was made up. */
    id: string
    /** For whom it ran. */
    owner: string
    from: number
    to: number
    /** Milliseconds after which it stopped by itself; 0 if it was stopped. */
    timeout: number
    /** Somebody pressed the button. */
    isManual: boolean
}

const [MINUTE, DAYS] = [60_000, 21]

/** @returns when the past begins, and who ran, in order of their start */
export function planOf(curve: CurveName, now: number): { from: number; runs: PlannedRun[] } {
    const runs = curve === 'heater' ? heating(now) : curve === 'washer' ? washing(now) : []
    return { from: dayBefore(now, DAYS - 1), runs: runs.sort((one, other) => one.from - other.from) }
}

/** In the morning and in the evening, when now and then somebody else wants it as well; and within the last hour. */
function heating(now: number): PlannedRun[] {
    const runs = days(now).flatMap(({ day, at }) => {
        const random = (place: number) => noise(day, place)
        const morning = run(`heater-${day}-morning`, 'Anna', at(6.5 + random(1) / 2), 80 + 40 * random(2))
        const evening = run(`heater-${day}-evening`, 'Anna', at(17.5 + random(3)), 150 + 90 * random(4))
        const guest = run(`heater-${day}-guest`, 'Ben', evening.from + 40 * MINUTE, 60 + 30 * random(5))
        if (day % 6 === 2) morning.timeout = morning.to - morning.from
        else evening.isManual = day % 9 === 4
        return [morning, evening, ...(random(6) < 0.4 ? [guest] : [])]
    })
    const last = [run('heater-last', 'Anna', now - 55 * MINUTE, 50), run('heater-last-guest', 'Ben', now - 35 * MINUTE, 23)]
    return [...runs.filter(({ to }) => to < now - 70 * MINUTE), ...last]
}

/** On Mondays and Wednesdays in the evening and on Saturdays in the morning. */
function washing(now: number): PlannedRun[] {
    const hours: Record<number, number> = { 1: 18, 3: 18, 6: 10 }
    const runs = days(now).flatMap(({ day, weekday, at }) => {
        const hour = hours[weekday]
        return hour === undefined ? [] : [run(`washing-${day}`, day % 2 === 0 ? 'Anna' : 'Ben', at(hour + noise(day, 7)), 54)]
    })
    return runs.filter(({ to }) => to < now - 30 * MINUTE)
}

const run = (name: string, owner: string, from: number, minutes: number): PlannedRun => {
    const start = Math.round(from)
    return { id: `demo-${name}`, owner, from: start, to: start + Math.round(minutes * MINUTE), timeout: 0, isManual: false }
}

/** The days of the past, the last one today. */
const days = (now: number) =>
    Array.from({ length: DAYS }, (_, i) => {
        const midnight = new Date(dayBefore(now, DAYS - 1 - i))
        const at = (hour: number) => new Date(midnight).setMinutes(Math.floor(hour * 60))
        return { day: i, weekday: midnight.getDay(), at }
    })

/** Midnight, so many days before today. */
function dayBefore(now: number, count: number): number {
    const today = new Date(now)
    return new Date(today.getFullYear(), today.getMonth(), today.getDate() - count).getTime()
}
