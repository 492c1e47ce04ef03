/** Watts that an appliance draws. @param t seconds since it was switched on @param noise from 0 to 1, different at each second */
type Curve = (t: number, noise: number) => number

const minutes = (n: number) => n * 60

/** Until when, in seconds, and what is drawn. */
type Programme = [until: number, watts: Curve][]

/** A washing machine's. */
const washing: Programme = [
    [minutes(2), (_t, noise) => 4 + 3 * noise],
    [minutes(17), (_t, noise) => 1950 + 100 * noise],
    // The drum turns for ten seconds, then rests for five.
    [minutes(40), (t, noise) => (t % 15 < 10 ? 90 + 90 * noise : 6)],
    [minutes(42), (_t, noise) => 28 + 6 * noise],
    [minutes(50), (t, noise) => 150 + Math.min(350, (t - minutes(42)) * 2) + 40 * noise],
]

/** A dishwasher's, which pauses twice: the hot water soaks for four minutes, and the dishes dry for a quarter of an hour. */
const dishwashing: Programme = [
    [minutes(8), (_t, noise) => 55 + 10 * noise],
    [minutes(20), (_t, noise) => 2050 + 60 * noise],
    [minutes(24), (_t, noise) => 1 + noise],
    [minutes(40), (_t, noise) => 60 + 15 * noise],
    [minutes(50), (_t, noise) => 1980 + 60 * noise],
    [minutes(65), (_t, noise) => 1 + noise],
    [minutes(66), (_t, noise) => 25 + 5 * noise],
]

const running = (programme: Programme, t: number, noise: number) => programme.find(([until]) => t < until)?.[1](t, noise)

export const curves = {
    /** Something in standby. */
    idle: (_t, noise) => 1 + noise,
    /** A thermostat: on for seven minutes of every ten. */
    heater: (t, noise) => (t % minutes(10) < minutes(7) ? 990 + 20 * noise : 0.4),
    /** What keeps a fermenter warm. */
    belt: (_t, noise) => 60 + noise,
    /** Fill, heat, wash, drain, spin, and then nothing more; 50 minutes in all. */
    washer: (t, noise) => running(washing, t, noise) ?? 1.5,
    /** Rinse, heat, soak, wash, heat, dry, drain, and then nothing more; 66 minutes in all. */
    dishwasher: (t, noise) => running(dishwashing, t, noise) ?? 0.8,
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
