import type { PowerChange, PowerEvent, Stopped } from './repository.ts'

/** Instances that one change names at the most, so that writing it down holds up nothing else for long. */
const MOST_IDS = 500
/** Events that one change holds at the most. */
const MOST_EVENTS = 500
/** What is written at once. */
const MOST_CHANGES = 100
/** Above so many events that wait, going on and off again is left out: the last state stays true. */
const MOST_WAITING = 10_000

/** Facts that wait to be written down: none is lost, and what fits together becomes one change. */
export class Backlog {
    readonly #changes: PowerChange[] = []
    #events = 0
    /** Whether some times that the plug went on and off were left out. */
    thinned = false

    /** Whether a change names too many instances to be written at once. */
    static isLarge(change: PowerChange): boolean {
        return size(change) > MOST_IDS
    }

    get size(): number {
        return this.#changes.length
    }

    /** How many times the socket went on or off. */
    get events(): number {
        return this.#events
    }

    /** The ids of instances that are said to have stopped. */
    get stops(): string[] {
        return this.#changes.flatMap(({ stopped }) => stopped?.ids ?? [])
    }

    add(change: PowerChange): void {
        for (const part of parts(change)) this.#add(this.#thin(part))
    }

    /** Puts back what could not be written: it comes before all that waits. @param index how many were put back before it */
    putBack(change: PowerChange, index: number): void {
        this.#changes.splice(index, 0, change)
        this.#events += change.events?.length ?? 0
    }

    /** Takes what is to be written next. */
    take(most = MOST_CHANGES): PowerChange[] {
        let count = 0
        for (let ids = 0; count < Math.min(most, this.#changes.length) && ids < 4 * MOST_IDS; count++) ids += size(this.#changes[count]!)
        const taken = this.#changes.splice(0, count)
        for (const { events } of taken) this.#events -= events?.length ?? 0
        return taken
    }

    #add(change: PowerChange): void {
        const last = this.#changes.at(-1)
        const merged = last && merge(last, change)
        if (merged) this.#changes[this.#changes.length - 1] = merged
        else this.#changes.push(change)
        this.#events += change.events?.length ?? 0
    }

    #thin(change: PowerChange): PowerChange {
        const last = this.#changes.at(-1)
        const [event, more] = change.events ?? []
        if (this.#events < MOST_WAITING || !event || more || last?.events?.at(-1)?.kind === event.kind || !last?.events) return change
        this.thinned = true
        this.#events--
        last.events = last.events.slice(0, -1)
        return { ...change, events: [] }
    }
}

const size = ({ stopped, poweredOff }: PowerChange): number => (stopped?.ids?.length ?? 0) + (poweredOff?.ids.length ?? 0)

/** A change that names a great many instances, in parts that can be written one after the other. */
function parts(change: PowerChange): PowerChange[] {
    if (size(change) <= MOST_IDS) return [change]
    const { stopped, poweredOff, ...rest } = change
    const stops = stopped?.ids ? slices(stopped.ids).map((ids) => ({ stopped: { ...stopped, ids } })) : stopped ? [{ stopped }] : []
    const offs = poweredOff ? slices(poweredOff.ids).map((ids) => ({ poweredOff: { ...poweredOff, ids } })) : []
    return [rest, ...stops, ...offs]
}

const slices = (ids: string[]): string[][] =>
    Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, i) => ids.slice(i * MOST_IDS, (i + 1) * MOST_IDS))

/** Two changes as one, if that says the same. */
function merge(a: PowerChange, b: PowerChange): PowerChange | undefined {
    if (a.kept || b.kept || a.started || b.started || a.deleted !== undefined || b.deleted !== undefined) return undefined
    if (size(a) + size(b) > MOST_IDS || (a.events?.length ?? 0) + (b.events?.length ?? 0) > MOST_EVENTS) return undefined
    const stopped = both(a.stopped, b.stopped, sameStop)
    const poweredOff = both(a.poweredOff, b.poweredOff, (one, other) => one.at === other.at)
    if (stopped === 'different' || poweredOff === 'different') return undefined
    const events: PowerEvent[] = [...(a.events ?? []), ...(b.events ?? [])]
    const socket = b.socket ?? a.socket
    return {
        ...(socket && { socket }),
        ...(stopped && { stopped }),
        ...(poweredOff && { poweredOff }),
        ...(events.length > 0 && { events }),
    }
}

const sameStop = (a: Stopped, b: Stopped): boolean =>
    a.at === b.at &&
    a.reason === b.reason &&
    a.kept?.meter === b.kept?.meter &&
    a.powerOffAt === b.powerOffAt &&
    a.isEmergencyStopped === b.isEmergencyStopped &&
    a.isManuallyStopped === b.isManuallyStopped

function both<T extends { ids?: string[] }>(
    a: T | undefined,
    b: T | undefined,
    same: (a: T, b: T) => boolean,
): T | undefined | 'different' {
    if (!a || !b) return a ?? b
    return a.ids && b.ids && same(a, b) ? { ...a, ids: [...a.ids, ...b.ids] } : 'different'
}
