/** Watts that an appliance draws. @param t seconds since it was switched on @param noise from 0 to 1, different at each second */
type Curve = (t: number, noise: number) => number

const minutes = (n: number) => n * 60

/** A washing machine's programme: until when, in seconds, and what it draws. */
const washing: [until: number, watts: Curve][] = [
    [minutes(2), (_t, noise) => 4 + 3 * noise],
    [minutes(17), (_t, noise) => 1950 + 100 * noise],
    // The drum turns for ten seconds, then rests for five.
    [minutes(40), (t, noise) => (t % 15 < 10 ? 90 + 90 * noise : 6)],
    [minutes(42), (_t, noise) => 28 + 6 * noise],
    [minutes(50), (t, noise) => 150 + Math.min(350, (t - minutes(42)) * 2) + 40 * noise],
]

export const curves = {
    /** Something in standby. */
    idle: (_t, noise) => 1 + noise,
    /** A thermostat: on for seven minutes of every ten. */
    heater: (t, noise) => (t % minutes(10) < minutes(7) ? 990 + 20 * noise : 0.4),
    /** Fill, heat, wash, drain, spin, and then nothing more; 50 minutes in all. */
    washer: (t, noise) => washing.find(([until]) => t < until)?.[1](t, noise) ?? 1.5,
} satisfies Record<string, Curve>

export type CurveName = keyof typeof curves

export const isCurve = (name: string): name is CurveName => Object.hasOwn(curves, name)

/** From 0 to 1, and always the same for the same seed and place (the finaliser of MurmurHash3). */
export function noise(seed: number, place: number): number {
    let h = (Math.imul(seed | 0, 0x9e3779b1) ^ (place | 0)) >>> 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}
