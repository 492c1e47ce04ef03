import type { MeterState, Quality } from './metering.ts'

/** How the energy of a socket is shared between those that run at the same time. */
export type Sharing = 'equal' | 'weight' | 'marginal'

/** Why a run ended. */
export type StopReason = 'stopped' | 'timeout' | 'manual' | 'emergency'

/** A run's account: what it has used up to some moment, and what it takes to tell what it has used since. */
export interface RunEnergy {
    /** Its part among those that run, in thousandths: whole, so that sums of weights are exact. At least 1. */
    weight: number
    /** Wh that it had used when {@link perWeight} was as here; the end of it for one that has stopped. */
    energy: number
    /** Alike, in the currency of the tariff; null without a tariff. */
    cost: number | null
    perWeight: number
    costPerWeight: number
    /** What the meter's `elapsed` was when it started, in milliseconds. */
    since: number
    /** Milliseconds that it ran; null while it does. */
    ran: number | null
    /** How the energy of its stretches is known, at the worst; null while it runs. */
    quality: Quality | null
}

/** The latest of those that run, where the rise of power that came with it decides on its weight. */
export interface Newest {
    id: string
    /** W that were drawn before it came. */
    before: number
    run: RunEnergy
}

/** A socket's meter and how its energy is shared. What a run has used follows from two states, however many run. */
export interface SocketMeter extends MeterState {
    /** Wh per thousandth of weight that all who ran all the while were given, and their cost. */
    perWeight: number
    costPerWeight: number
    /** Wh used while nobody ran. */
    unshared: number
    /** What all of it has cost, and Wh of it that had a price. */
    cost: number
    priced: number
    /** Whether the relay is on, as far as is known, and for how many milliseconds it was. */
    isOn: boolean
    onMs: number
    newest: Newest | null
    /** Of a kWh, as a message has set it; null for that of the tariff. */
    price: number | null
    /** When it was moved on last, in milliseconds since 1970, to go on from after a restart. */
    at: number
}

/** What is to be kept when somebody starts or stops, so that what all have used follows from it. */
export interface KeptMeter {
    meter: SocketMeter
    /** The account of the one that was the newest until then. */
    settled?: Newest
}

export const WEIGHT_UNIT = 1000
/** The greatest weight of a run. */
export const MOST_WEIGHT = 1_000_000

/** The account of a run that starts now. @param weight in thousandths */
export const newRun = (meter: SocketMeter, weight: number, hasTariff: boolean): RunEnergy => ({
    weight,
    energy: 0,
    cost: hasTariff ? 0 : null,
    perWeight: meter.perWeight,
    costPerWeight: meter.costPerWeight,
    since: meter.elapsed,
    ran: null,
    quality: null,
})

/** What a socket's meter has beside its state, before anything was shared. @param at milliseconds since 1970 */
export const nothingShared = (at: number): Omit<SocketMeter, keyof MeterState> => ({
    perWeight: 0,
    costPerWeight: 0,
    unshared: 0,
    cost: 0,
    priced: 0,
    isOn: false,
    onMs: 0,
    newest: null,
    price: null,
    at,
})

/** Shares what was used in a stretch. @param weights of all who run, 0 if nobody does @param price per kWh, null without a tariff */
export function share(meter: SocketMeter, energy: number, weights: number, price: number | null): SocketMeter {
    if (energy === 0) return meter
    const cost = (energy * (price ?? 0)) / 1000
    const used = { ...meter, cost: meter.cost + cost, priced: meter.priced + (price === null ? 0 : energy) }
    if (weights === 0) return { ...used, unshared: meter.unshared + energy }
    return { ...used, perWeight: meter.perWeight + energy / weights, costPerWeight: meter.costPerWeight + cost / weights }
}

/** The account of a run as of now. */
export function settled(run: RunEnergy, meter: SocketMeter): RunEnergy {
    if (run.ran !== null) return run
    const cost = run.cost === null ? null : run.cost + run.weight * (meter.costPerWeight - run.costPerWeight)
    const energy = run.energy + run.weight * (meter.perWeight - run.perWeight)
    return { ...run, energy, cost, perWeight: meter.perWeight, costPerWeight: meter.costPerWeight }
}

/** The account of a run that stops now. */
export const closed = (run: RunEnergy, meter: SocketMeter): RunEnergy => ({
    ...settled(run, meter),
    ran: meter.elapsed - run.since,
    quality: qualitySince(meter, run.since),
})

/** How the energy since a moment is known, at the worst. @param since as the meter's `elapsed` */
const qualitySince = ({ gapAt, integratedAt }: MeterState, since: number): Quality =>
    gapAt > since ? 'gap' : integratedAt > since ? 'integrated' : 'counter'

/** What a run has used, as flows see it. */
export interface Summary {
    /** That it ran, by a clock that nobody sets. */
    seconds: number
    /** Wh, its share where others ran at the same time; null of one from before there was a meter. */
    energyWh: number | null
    /** W, its share, on average. */
    meanW: number | null
    /** W, the most that the socket drew meanwhile; null if that was not kept, without readings. */
    maxW: number | null
    /** Only with a tariff. */
    cost?: number
    quality: Quality | null
    /** Null while it runs. */
    stopReason: StopReason | null
}

/** What is summed up of a run. Times are milliseconds since 1970. */
export interface Summed {
    startedAt: number
    stoppedAt: number | null
    energy?: RunEnergy
    stopReason?: StopReason
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
}

/** @param meter as of the last reading, for one that runs; its figures are those of then @param maxW see {@link Summary} */
export function summaryOf(run: Summed, meter: SocketMeter | undefined, now: number, maxW: number | null): Summary {
    const { energy, startedAt, stoppedAt } = run
    const stopReason = stoppedAt === null ? null : (run.stopReason ?? reasonBy(run))
    if (!energy) {
        const seconds = Math.max(0, (stoppedAt ?? now) - startedAt) / 1000
        return { seconds, energyWh: null, meanW: null, maxW, quality: null, stopReason }
    }
    const account = meter ? settled(energy, meter) : energy
    const ran = account.ran ?? (meter ? meter.elapsed - account.since : 0)
    return {
        seconds: digits(ran / 1000, 3),
        energyWh: digits(account.energy, 6),
        meanW: ran > 0 ? digits(account.energy / (ran / 3_600_000), 3) : null,
        maxW,
        ...(account.cost !== null && { cost: digits(account.cost, 6) }),
        quality: account.quality ?? (meter ? qualitySince(meter, account.since) : null),
        stopReason,
    }
}

const reasonBy = ({ isEmergencyStopped, isManuallyStopped }: Summed): StopReason =>
    isEmergencyStopped ? 'emergency' : isManuallyStopped ? 'manual' : 'stopped'

const digits = (value: number, n: number) => Number(value.toFixed(n))
