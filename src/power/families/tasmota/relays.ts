import { objectOf } from './json.ts'

/** Tasmota names no more than this many relays in `FriendlyName`. */
const MOST_NAMES = 8

/**
 * Whether a relay is on by `Status.Power`: a text with a digit for each relay, the last one for the first, or before 13.4, and in
 * OpenBeken, a number with a bit for each. Undefined if it does not say.
 * @param relay from 1
 * @see https://github.com/arendst/Tasmota/issues/21187
 */
export function relayIn(power: unknown, relay: number): boolean | undefined {
    if (typeof power !== 'string') return bitOf(power, relay)
    // A single digit means the same either way.
    if (!/^[01]{2,64}$/.test(power)) return /^\d{1,10}$/.test(power) ? bitOf(Number(power), relay) : undefined
    const digit = power.at(-relay)
    return digit === undefined ? undefined : digit === '1'
}

function bitOf(mask: unknown, relay: number): boolean | undefined {
    if (typeof mask !== 'number' || !Number.isSafeInteger(mask) || mask < 0) return undefined
    return Math.floor(mask / 2 ** (relay - 1)) % 2 === 1
}

/** How many relays the plug has by an answer to `STATUS`, if it says so. */
export function countIn(status: Record<string, unknown>): number | undefined {
    const { Power: power, FriendlyName: names } = status
    if (typeof power === 'string' && /^[01]{2,64}$/.test(power)) return power.length
    return Array.isArray(names) && names.length > 0 && names.length < MOST_NAMES ? names.length : undefined
}

/** What a message says of each relay: `POWER` of the only one, `POWER1` and so on of several. */
export const powersIn = (message: unknown): [relay: number, value: unknown][] =>
    Object.entries(objectOf(message)).flatMap(([key, value]) => {
        const digits = /^POWER(\d{0,2})$/.exec(key)?.[1]
        return digits === undefined ? [] : [[Number(digits || 1), value]]
    })
