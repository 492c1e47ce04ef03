/** What a plug's meter says at one moment; null where it says nothing. */
export interface MeterReading {
    /** kWh since the meter was made or reset. */
    total: number | null
    /** kWh since midnight. */
    today: number | null
    /** W; what is fed in is negative. */
    power: number | null
}

/** One of the plug's counters, as it was last read. */
export interface Counter {
    /** kWh */
    value: number
    /** Wh that the meter has counted beyond it. */
    ahead: number
}

/** The counters by which the meter goes, the better one first. */
const counters = ['total', 'today'] as const

/** A socket's own meter: it goes forward only, whatever the plug says. */
export interface MeterState {
    /** How often it was moved on: of two states the one with more is the later one. */
    steps: number
    /** Wh since its first reading. */
    energy: number
    /** Milliseconds since its first reading. No wall clock that is set changes it; only over a restart it goes by the wall clock. */
    elapsed: number
    /** What {@link elapsed} was at the last reading. */
    readAt: number
    total: Counter | null
    today: Counter | null
    /** W as of the last reading, null if it did not say; 0 since the relay was switched off. */
    power: number | null
    /** What {@link elapsed} was at the end of the last stretch that was integrated, and of the last of which little is known; -1 if none was. */
    integratedAt: number
    gapAt: number
}

/**
 * How the energy of a stretch between two readings is known. `counter`: by the plug's counter. `integrated`: from power and time, as the
 * counter was reset, jumped or is not there. `gap`: not at all, or only in part.
 */
export type Quality = 'counter' | 'integrated' | 'gap'

export interface Stretch {
    state: MeterState
    /** Wh, never negative. */
    energy: number
    /** Undefined where no reading ends it. */
    quality?: Quality
}

/** Wh up to which a counter is finer in fact than in what it shows: Tasmota's has three digits of a kWh. */
const RESOLUTION = 1
/** W that no socket draws: a counter that went faster has jumped. */
const MOST_WATTS = 25_000
/** Milliseconds that a reading may have been on its way, and that a clock may be wrong by over a restart. */
const [LATE, UNSURE] = [10_000, 3_600_000]
/** Milliseconds that power is taken to have stayed as it was read, at the longest. */
export const LONGEST = 300_000

const MS_PER_HOUR = 3_600_000

/** The state of a meter that has read nothing yet, as of its first reading. */
export const firstState = (reading: MeterReading): MeterState => ({
    steps: 1,
    energy: 0,
    elapsed: 0,
    readAt: 0,
    total: counterAt(reading.total),
    today: counterAt(reading.today),
    power: reading.power,
    integratedAt: -1,
    gapAt: -1,
})

const counterAt = (value: number | null): Counter | null => (value === null ? null : { value, ahead: 0 })

/** Moves a meter on to now, by the power that was read last; what that is wrong by, the next reading makes good. @param ms since the last step */
export function estimate(state: MeterState, ms: number): Stretch {
    if (ms <= 0) return { state, energy: 0 }
    const elapsed = state.elapsed + ms
    const isSilent = elapsed - state.readAt > LONGEST
    const energy = isSilent ? 0 : (drawn(state.power, state.power, ms) ?? 0)
    const gapAt = isSilent ? elapsed : state.gapAt
    const ahead = (counter: Counter | null) => counter && { ...counter, ahead: counter.ahead + energy }
    const total = ahead(state.total)
    const today = ahead(state.today)
    return { state: { ...state, steps: state.steps + 1, energy: state.energy + energy, elapsed, total, today, gapAt }, energy }
}

/** The state from a moment on from which power is known, or unknown, without a reading. */
export const withPower = (state: MeterState, power: number | null): MeterState =>
    state.power === power ? state : { ...state, steps: state.steps + 1, power }

/**
 * Moves a meter on to a reading.
 * @param ms since the last step
 * @param isResumed whether that was before a restart, so that `ms` is what a wall clock says
 */
export function advance(state: MeterState, reading: MeterReading, ms: number, isResumed = false): Stretch {
    const elapsed = state.elapsed + Math.max(ms, 0)
    const silent = elapsed - state.readAt
    const known = silent > LONGEST ? null : drawn(state.power, reading.power, Math.max(ms, 0))
    const most = (MOST_WATTS * (silent + (isResumed ? UNSURE : LATE))) / MS_PER_HOUR
    const { energy, quality } = counted(state, reading, known, most) ?? uncounted(state, reading, known, most)
    const next: MeterState = {
        steps: state.steps + 1,
        energy: state.energy + energy,
        elapsed,
        readAt: elapsed,
        total: moved(state.total, reading.total, energy, most),
        today: moved(state.today, reading.today, energy, most),
        power: reading.power,
        integratedAt: quality === 'integrated' ? elapsed : state.integratedAt,
        gapAt: quality === 'gap' ? elapsed : state.gapAt,
    }
    return { state: next, energy, quality }
}

type Counted = Pick<Stretch, 'energy'> & { quality: Quality }

/** By the counter; within what that does not show, by the power. Undefined if there is none to go by. */
function counted(state: MeterState, reading: MeterReading, known: number | null, most: number): Counted | undefined {
    for (const name of counters) {
        const [counter, value] = [state[name], reading[name]]
        if (!counter || value === null) continue
        const rise = riseOf(counter, value, most)
        if (rise === undefined) return undefined
        const behind = rise - counter.ahead
        return { energy: Math.max(0, Math.min(Math.max(known ?? 0, behind), behind + RESOLUTION)), quality: 'counter' }
    }
    return undefined
}

/** By power and time, or else by what a counter shows that has begun anew. */
function uncounted(state: MeterState, reading: MeterReading, known: number | null, most: number): Counted {
    if (known !== null) return { energy: known, quality: 'integrated' }
    for (const name of counters) {
        const [counter, value] = [state[name], reading[name]]
        if (!counter || value === null) continue
        const isAnew = value < counter.value && value >= 0 && value * 1000 <= most
        return { energy: isAnew ? value * 1000 : 0, quality: 'gap' }
    }
    return { energy: 0, quality: 'gap' }
}

/** Wh that a counter rose by; undefined if it was reset, or rose by more than can be. */
function riseOf({ value }: Counter, next: number, most: number): number | undefined {
    const rise = (next - value) * 1000
    return rise >= 0 && rise <= most ? rise : undefined
}

/** A counter after a stretch. One that the reading does not have is waited for. */
function moved(counter: Counter | null, value: number | null, energy: number, most: number): Counter | null {
    if (value === null) return counter && { ...counter, ahead: counter.ahead + energy }
    const rise = counter && riseOf(counter, value, most)
    if (!counter || rise === undefined || rise === null) return { value, ahead: 0 }
    return { value, ahead: Math.max(0, counter.ahead + energy - rise) }
}

/** Wh between two powers in W; undefined power is taken to be as the other. What is fed in counts for nothing. Null if neither is known. */
function drawn(before: number | null, after: number | null, ms: number): number | null {
    const [one, other] = [before ?? after, after ?? before]
    if (one === null || other === null) return null
    return ((Math.max(one, 0) + Math.max(other, 0)) / 2) * (ms / MS_PER_HOUR)
}
