import { badInput, Faults, finite, identifier, isoTime, nonNegative, optional, word } from '../../lib/index.ts'

/** What is done in a profile, one after the other. Times are milliseconds. */
export type Step =
    | { type: 'set'; value: number }
    /** Goes to a set-point, by so much in an hour or in so long. */
    | { type: 'ramp'; to: number; rate: number }
    | { type: 'ramp'; to: number; duration: number }
    /** Stays there. With a band, the duration begins once the value has been within the band of the set-point for so long. */
    | { type: 'hold'; duration: number; within?: { band: number; for: number } }
    /** Stays there until the value is above or below something. If that takes too long, it goes on or waits further. */
    | { type: 'until'; above?: number; below?: number; limit: number; late: 'advance' | 'hold' }
    /** Stays there until somebody says that it goes on. */
    | { type: 'confirm'; text: string }
    /** Has a set-point at a date, in milliseconds since 1970, perhaps gone to in a straight line since the one before. */
    | { type: 'at'; at: number; value: number; linear: boolean }

const ends = ['hold', 'off', 'next'] as const

export interface Profile {
    name: string
    steps: Step[]
    /** What comes after the last step: its set-point for ever, none, or the profile that is queued. */
    end: (typeof ends)[number]
}

/** What set-points may be. */
export interface SetPointRange {
    min: number
    max: number
}

const MOST_STEPS = 1000
const LONGEST = 10 * 365 * 86_400

type Given = Record<string, unknown>

/**
 * Reads a profile: `{name, end, steps}`, or `{name, end, mode, points}` with `{at, value}` for dates or `{after, value}` for seconds from its
 * start. Durations are seconds.
 * @throws {@link Refusal} 422 `BAD_INPUT` with all that is wrong, as `errors`
 */
export function readProfile(field: string, given: unknown, range: SetPointRange): Profile {
    const document = objectAt(field, given)
    const { name, end, steps, points, mode } = document
    if ((steps === undefined) === (points === undefined)) throw badInput(field, 'must have either steps or points')
    const faults = new Faults()
    const isLinear = faults.take(() => optional(mode, (value) => word(`${field}.mode`, value, ['step', 'linear']))) === 'linear'
    const profile = {
        name: faults.take(() => optional(name, (value) => identifier(`${field}.name`, value))) ?? '',
        end: faults.take(() => optional(end, (value) => word(`${field}.end`, value, ends))) ?? 'hold',
        steps: faults.take(() =>
            steps === undefined ? ofPoints(`${field}.points`, points, isLinear, range) : readEach(`${field}.steps`, steps, readStep, range),
        ),
    }
    faults.check()
    return profile as Profile
}

function objectAt(field: string, given: unknown): Given {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw badInput(field, 'must be an object')
    return given as Given
}

function listAt(field: string, given: unknown): unknown[] {
    if (!Array.isArray(given) || given.length === 0 || given.length > MOST_STEPS)
        throw badInput(field, `must be a list of 1 to ${MOST_STEPS}`)
    return given
}

/** Reads the entries of a list, and tells of all that are wrong. */
function readEach<T>(
    field: string,
    given: unknown,
    read: (field: string, entry: unknown, range: SetPointRange) => T,
    range: SetPointRange,
): T[] {
    const faults = new Faults()
    const all = listAt(field, given).map((entry, i) => faults.take(() => read(`${field}[${i}]`, entry, range)))
    faults.check()
    return all as T[]
}

function setPointAt(field: string, given: unknown, { min, max }: SetPointRange): number {
    const value = finite(field, given)
    if (value < min || value > max) throw badInput(field, `must be from ${min} to ${max}`)
    return value
}

const seconds = (field: string, given: unknown) => nonNegative(field, given, LONGEST) * 1000

const kinds = ['set', 'ramp', 'hold', 'until', 'confirm'] as const

function readStep(field: string, given: unknown, range: SetPointRange): Step {
    const step = objectAt(field, given)
    const type = word(`${field}.type`, step.type, kinds)
    const at = (key: string) => `${field}.${key}`
    switch (type) {
        case 'set':
            return { type, value: setPointAt(at('value'), step.value, range) }
        case 'ramp':
            return readRamp(field, step, range)
        case 'hold': {
            const band = optional(step.band, (value) => nonNegative(at('band'), value))
            const duration = seconds(at('duration'), step.duration)
            if (band === undefined) return { type, duration }
            return { type, duration, within: { band, for: optional(step.for, (value) => seconds(at('for'), value)) ?? 0 } }
        }
        case 'until':
            return readUntil(field, step)
        case 'confirm':
            return { type, text: identifier(at('text'), step.text) }
    }
}

function readRamp(field: string, { to, rate, duration }: Given, range: SetPointRange): Step {
    if ((rate === undefined) === (duration === undefined)) throw badInput(field, 'must have either a rate or a duration')
    const target = setPointAt(`${field}.to`, to, range)
    if (rate === undefined) return { type: 'ramp', to: target, duration: seconds(`${field}.duration`, duration) }
    const given = nonNegative(`${field}.rate`, rate)
    if (given === 0) throw badInput(`${field}.rate`, 'must be more than 0 an hour')
    return { type: 'ramp', to: target, rate: given }
}

function readUntil(field: string, { above, below, limit, late }: Given): Step {
    if ((above === undefined) === (below === undefined)) throw badInput(field, 'must have either above or below')
    return {
        type: 'until',
        ...(above === undefined ? { below: finite(`${field}.below`, below) } : { above: finite(`${field}.above`, above) }),
        limit: seconds(`${field}.limit`, limit),
        late: optional(late, (value) => word(`${field}.late`, value, ['advance', 'hold'])) ?? 'advance',
    }
}

/** The steps that points stand for. */
function ofPoints(field: string, points: unknown, isLinear: boolean, range: SetPointRange): Step[] {
    const read = readEach(field, points, readPoint, range)
    const isDated = read[0]!.at !== undefined
    const faults = new Faults()
    for (const [i, { at, after }] of read.entries()) {
        const before = read[i - 1]
        if ((at !== undefined) !== isDated) faults.add(`${field}[${i}]`, 'must be a date, or a number of seconds, as the first is')
        else if (before && (at ?? after)! <= (before.at ?? before.after)!)
            faults.add(`${field}[${i}].${isDated ? 'at' : 'after'}`, 'must come after the one before')
    }
    faults.check()
    if (isDated) return read.map(({ at, value }) => ({ type: 'at', at: at!, value, linear: isLinear }))
    return read.flatMap(({ after = 0, value }, i): Step[] => {
        const duration = after - (read[i - 1]?.after ?? 0)
        if (isLinear && i > 0) return [{ type: 'ramp', to: value, duration }]
        return [...(duration > 0 ? [{ type: 'hold', duration } as const] : []), { type: 'set', value }]
    })
}

function readPoint(field: string, given: unknown, range: SetPointRange): { at?: number; after?: number; value: number } {
    const { at, after, value } = objectAt(field, given)
    const faults = new Faults()
    const place =
        (at === undefined) === (after === undefined)
            ? faults.add(field, 'must have either at or after')
            : faults.take(() => (at === undefined ? { after: seconds(`${field}.after`, after) } : { at: dateAt(`${field}.at`, at) }))
    const setPoint = faults.take(() => setPointAt(`${field}.value`, value, range))
    faults.check()
    return { ...place, value: setPoint! }
}

function dateAt(field: string, given: unknown): number {
    const time = typeof given === 'string' ? isoTime(given) : Number.NaN
    if (Number.isNaN(time)) throw badInput(field, 'must be a date in ISO 8601 that exists')
    return time
}
