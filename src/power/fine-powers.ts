import { digits, type Figures } from '../energy/index.ts'
import type { PowerRepository, Reading } from './repository.ts'

/** Milliseconds for which power is taken to stay as it was read. */
const HELD = 15_000

/**
 * Power in buckets of less than a minute, from the readings themselves.
 * @param borders in milliseconds since 1970
 * @param within the time beyond which nothing is told, in milliseconds since 1970
 */
export async function finePowers(
    power: Pick<PowerRepository, 'samples'>,
    sockets: readonly string[],
    borders: readonly number[],
    within: readonly [from: number, to: number] = [borders[0]!, borders.at(-1)!],
): Promise<Figures[]> {
    const buckets = borders.slice(1).map(() => ({ least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY, sum: 0, ms: 0 }))
    const [begin, end] = [Math.max(within[0], borders[0]!), Math.min(within[1], borders.at(-1)!)]
    for (const socket of sockets) {
        let last: Reading | undefined
        let i = 0
        const hold = (until: number) => {
            const watts = last?.power ?? null
            if (!last || watts === null) return
            const to = Math.min(until, last.at + HELD, end)
            while (i > 0 && borders[i]! > last.at) i--
            while (i < buckets.length - 1 && borders[i + 1]! <= last.at) i++
            for (let n = i; n < buckets.length && borders[n]! < to; n++) {
                const ms = Math.min(borders[n + 1]!, to) - Math.max(borders[n]!, last.at, begin)
                if (ms <= 0) continue
                const bucket = buckets[n]!
                bucket.least = Math.min(bucket.least, watts)
                bucket.greatest = Math.max(bucket.greatest, watts)
                bucket.sum += watts * ms
                bucket.ms += ms
            }
        }
        for await (const page of power.samples(socket, begin - HELD, end - 1))
            for (const reading of page) {
                hold(reading.at)
                last = reading
            }
        hold(end)
    }
    return buckets.map(({ least, greatest, sum, ms }) => ({
        kWh: null,
        cost: null,
        minW: ms > 0 ? least : null,
        meanW: ms > 0 ? digits(sum / ms, 3) : null,
        maxW: ms > 0 ? greatest : null,
        secondsOn: null,
        secondsKnown: digits(ms / 1000, 3),
        quality: ms > 0 ? 'integrated' : null,
    }))
}
