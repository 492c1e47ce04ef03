/** What a kWh costs, in any currency, from one time of day to another on some days of the week. */
interface Rate {
    /** From 0, which is Sunday. */
    days: ReadonlySet<number>
    /** Minutes since midnight; `to` is not included, and may be on the next day. */
    from: number
    to: number
    price: number
}

/** Tells the price of a kWh. @param at milliseconds since 1970 */
export type Tariff = (at: number) => number

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAY = 1440
const entry =
    /^(?:(?<first>sun|mon|tue|wed|thu|fri|sat)(?:-(?<last>sun|mon|tue|wed|thu|fri|sat))?\s+)?(?:(?<from>\d\d?:\d\d)-(?<to>\d\d?:\d\d)\s+)?(?<price>\d+(?:\.\d+)?)$/i

/**
 * Reads one price with its time: `0.32`, `22:00-06:00 0.24`, `Sat-Sun 0.24` or `Mon-Fri 06:00-22:00 0.36`.
 * @returns undefined if it is not written so
 */
function rateIn(text: string): Rate | undefined {
    const { first, last, from, to, price } = entry.exec(text.trim())?.groups ?? {}
    const [begin, end] = [minutes(from ?? '0:00'), minutes(to ?? '24:00')]
    if (price === undefined || begin === undefined || end === undefined || begin === end) return undefined
    return { days: daysFrom(first, last ?? first), from: begin, to: end, price: Number(price) }
}

/**
 * A tariff out of prices with commas between, of which the first one counts whose time it is.
 * @param zone as `Intl` names it; by default that of the process
 * @returns undefined if there is none. At a time that none is for, energy is free.
 */
export function tariffOf(text: string, zone?: string): Tariff | undefined {
    const rates = text.split(',').flatMap((one) => rateIn(one) ?? [])
    if (rates.length === 0) return undefined
    const [only] = rates
    if (rates.length === 1 && only!.days.size === 7 && only!.from === 0 && only!.to === DAY) return () => only!.price
    const format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        weekday: 'short',
        hour: 'numeric',
        minute: 'numeric',
        hourCycle: 'h23',
    })
    let known = { minute: Number.NaN, price: 0 }
    return (at) => {
        const minute = Math.floor(at / 60_000)
        if (minute !== known.minute) known = { minute, price: priceAt(rates, format.formatToParts(minute * 60_000)) }
        return known.price
    }
}

function priceAt(rates: readonly Rate[], parts: readonly Intl.DateTimeFormatPart[]): number {
    const part = (type: string) => parts.find((one) => one.type === type)!.value
    const day = names.indexOf(part('weekday').toLowerCase())
    const minute = Number(part('hour')) * 60 + Number(part('minute'))
    return rates.find((rate) => isWithin(rate, day, minute))?.price ?? 0
}

/** A time over midnight belongs to the day on which it began. */
function isWithin({ days, from, to }: Rate, day: number, minute: number): boolean {
    if (from < to) return days.has(day) && minute >= from && minute < to
    return (days.has(day) && minute >= from) || (days.has((day + 6) % 7) && minute < to)
}

function minutes(time: string): number | undefined {
    const [hour, minute] = time.split(':').map(Number) as [number, number]
    const all = hour * 60 + minute
    return minute < 60 && all <= DAY ? all : undefined
}

/** Over the end of the week, too: `Sat-Mon`. */
function daysFrom(first = 'sun', last = 'sat'): Set<number> {
    const [from, to] = [names.indexOf(first.toLowerCase()), names.indexOf(last.toLowerCase())]
    return new Set(Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7))
}

/** Milliseconds that a price is taken to hold for, and how many prices one stretch is made of at the most. */
const [STEP, MOST_STEPS] = [900_000, 2000]

/** The mean price over a stretch, which may be long: nobody was heard of meanwhile. @param ms its length @param to its end in milliseconds since 1970 */
export function meanPrice(tariff: Tariff, ms: number, to: number): number {
    const steps = Math.min(MOST_STEPS, Math.max(1, Math.ceil(ms / STEP)))
    let sum = 0
    for (let i = 0; i < steps; i++) sum += tariff(to - (ms * (i + 0.5)) / steps)
    return sum / steps
}
