import { type SocketMeter, type Summary, summaryOf } from '../energy/index.ts'
import type { InstanceRow, PowerRepository, Reading } from './repository.ts'
import { Thinning } from './thinning.ts'

/** The readings taken while an instance ran, as parallel arrays, oldest first; `timestamp` in ISO 8601. */
export interface InstanceEnergy {
    /** kWh since midnight. */
    today: (number | null)[]
    /** VA */
    apparentPower: (number | null)[]
    /** A */
    current: (number | null)[]
    factor: (number | null)[]
    /** W */
    power: (number | null)[]
    /** VAr */
    reactivePower: (number | null)[]
    /** V */
    voltage: (number | null)[]
    timestamp: string[]
}

/** One metered run, as flows and REST clients see it. Timestamps are in ISO 8601. */
export interface InstanceData {
    id: string
    energy: InstanceEnergy
    /** Milliseconds after which it stops by itself; 0 means never. */
    timeout: number
    startTimestamp: string
    /** Null while it runs. */
    stopTimestamp: string | null
    /** Null if the socket was on already. */
    powerOnTimestamp: string | null
    /** Null while it runs, and if the socket stayed on for others. */
    powerOffTimestamp: string | null
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
    summary: Summary
    /** Only where `energy` has not all readings: how many there are, and how many of them it has. */
    readings?: { total: number; given: number }
}

/** Readings of an instance in an answer, unless more or less are asked for. */
export const READINGS = 1000

/** What it takes to tell what an instance that runs has used by now. */
export interface Present {
    /** Milliseconds since 1970. */
    now: number
    meter: SocketMeter | undefined
}

/** An instance with at most so many of its readings. */
export async function thinnedData(store: PowerRepository, row: InstanceRow, present: Present, most = READINGS): Promise<InstanceData> {
    const [data] = await thinnedList(store, [row], present, most)
    return data!
}

/**
 * Instances of one socket, in their order, with at most so many readings of each. Each reading is read once, however many of them ran
 * when it was taken.
 */
export async function thinnedList(
    store: PowerRepository,
    rows: readonly InstanceRow[],
    present: Present,
    most: number,
): Promise<InstanceData[]> {
    const all = rows.map((row) => {
        const [from, to] = [row.sampledFrom, row.stoppedAt ?? present.now]
        return { row, from, to, thinning: new Thinning(from, to, most) }
    })
    for (const some of overlapping(all)) {
        const to = Math.max(...some.map((one) => one.to))
        for await (const page of store.samples(some[0]!.row.socket, some[0]!.from, to))
            for (const { from, to, thinning } of some) thinning.add(within(page, from, to))
    }
    return all.map(({ row, thinning }) => {
        const data = instanceData(row, thinning.readings, present)
        if (thinning.isThinned) data.readings = { total: thinning.total, given: data.energy.timestamp.length }
        return data
    })
}

/** Puts together what runs at the same time, so that nothing is read of when nobody ran. @returns each soonest first */
function overlapping<T extends { from: number; to: number }>(spans: readonly T[]): T[][] {
    const groups: T[][] = []
    let end = Number.NEGATIVE_INFINITY
    for (const span of spans.toSorted((one, other) => one.from - other.from)) {
        if (span.from > end) groups.push([])
        groups.at(-1)!.push(span)
        end = Math.max(end, span.to)
    }
    return groups
}

/** The readings of a page, oldest first, from one time to another, both included. */
function within(page: Reading[], from: number, to: number): Reading[] {
    const [first, last] = [page[0], page.at(-1)]
    if (!first || !last || first.at > to || last.at < from) return []
    return first.at >= from && last.at <= to ? page : page.filter(({ at }) => at >= from && at <= to)
}

export const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

export function instanceData(row: InstanceRow, readings: Reading[], { now, meter }: Present, maxW = greatest(readings)): InstanceData {
    return {
        id: row.id,
        energy: {
            today: readings.map((reading) => reading.today),
            apparentPower: readings.map((reading) => reading.apparentPower),
            current: readings.map((reading) => reading.current),
            factor: readings.map((reading) => reading.factor),
            power: readings.map((reading) => reading.power),
            reactivePower: readings.map((reading) => reading.reactivePower),
            voltage: readings.map((reading) => reading.voltage),
            timestamp: readings.map((reading) => iso(reading.at)),
        },
        timeout: row.timeout,
        startTimestamp: iso(row.startedAt),
        stopTimestamp: isoOrNull(row.stoppedAt),
        powerOnTimestamp: isoOrNull(row.powerOnAt),
        powerOffTimestamp: isoOrNull(row.powerOffAt),
        isEmergencyStopped: row.isEmergencyStopped,
        isManuallyStopped: row.isManuallyStopped,
        summary: summaryOf(row, meter, now, row.maxPower ?? maxW),
    }
}

/** The greatest power in W; null without any. However many readings are left of them, it is among those. */
export function greatest(readings: readonly Reading[], least: number | null = null): number | null {
    let most = least
    for (const { power } of readings) if (power !== null && power > (most ?? Number.NEGATIVE_INFINITY)) most = power
    return most
}
