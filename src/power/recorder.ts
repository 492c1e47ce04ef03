import type { EnergyMeter } from '../energy/index.ts'
import type { SocketEvent, SocketEvents } from './events.ts'
import { Ledger } from './ledger.ts'
import { type Effect, type Ends, isOnUnproven, type PowerState } from './machine.ts'
import type { SocketOptions } from './options.ts'
import { PowerLog } from './power-log.ts'
import type { InstanceRow, KnownSocket, PowerChange, PowerEvent, SocketRow } from './repository.ts'
import type { Runs } from './runs.ts'

/** What was written down, or will be as soon as the store takes it. */
export interface Recorded {
    written: Promise<void>
    /** The entry of the power log. */
    event?: PowerEvent | undefined
    /** The instance that was stopped. */
    row?: InstanceRow | undefined
}

interface Ended {
    rows: InstanceRow[]
    /** It went off by a stop whose confirmation is late, not by hand. */
    isLate: boolean
    /** As it is written down. */
    stopped: NonNullable<PowerChange['stopped']>
}

/** Writes down what happened to a socket, and tells whoever listens once it is. */
export class Recorder {
    readonly log = new PowerLog()
    readonly ledger: Ledger
    readonly #o: SocketOptions
    readonly #runs: Runs
    readonly #energy: EnergyMeter
    readonly #events: SocketEvents
    readonly #state: () => PowerState

    /**
     * What the socket of this id before this one could not write down is taken over, and what this one cannot is left for the next: an
     * emergency stop, above all, holds over a deploy while the store is away.
     */
    constructor(o: SocketOptions, runs: Runs, energy: EnergyMeter, events: SocketEvents, state: () => PowerState) {
        this.#o = o
        this.#energy = energy
        this.#runs = runs
        this.#events = events
        this.#state = state
        const { id, store, clock, signal, log, handover } = o
        const backlog = handover?.get(id)?.backlog
        handover?.delete(id)
        this.ledger = new Ledger({ repository: store.power, socket: id, row: () => this.row, clock, signal, log, backlog })
        signal.addEventListener('abort', () => {
            const { unwritten } = this.ledger
            if (unwritten) handover?.set(id, { backlog: unwritten, row: this.row })
        })
    }

    get row(): SocketRow {
        const state = this.#state()
        const { offDue, haltedAt } = state
        return { id: this.#o.id, name: this.#o.name, offDue, haltedAt, ...(isOnUnproven(state) && { isOnUnproven: true }) }
    }

    /**
     * What is known of the socket, for a store that has lost it; undefined as long as what the store holds was not read.
     * @param starting instances that nobody was told of yet
     */
    known(starting: ReadonlySet<string>): KnownSocket | undefined {
        if (!this.#state().isLoaded) return undefined
        const running = this.#runs.ids.filter((id) => !starting.has(id)).map((id) => this.#runs.asNow(id)!)
        // That they stopped is kept when its turn comes, and needs them to be there.
        for (const id of this.ledger.stopsBehind) {
            const ended = this.#runs.ended(id)
            if (ended) running.push(ended)
        }
        const { latest } = this.log
        // Those that wait to be kept are kept when their turn comes.
        const events = latest.slice(0, Math.max(0, latest.length - this.ledger.eventsBehind))
        return { socket: this.row, running, events, meter: this.#energy.state, at: this.#o.clock.now() }
    }

    /** Adds to the power log. */
    add(on: boolean, owner: string): PowerEvent {
        return this.log.add({ at: this.#o.clock.now(), kind: on ? 'on' : 'off', owner })
    }

    /** Writes down an entry of the power log, and tells of it. */
    event(event: PowerEvent): void {
        this.#events.tellWhenKept(this.ledger.append({ events: [event] }), event)
    }

    /** Writes down what a step of the machine has led to, whole or not at all. */
    record({ log, offIds, ends }: Extract<Effect, { do: 'record' }>): Recorded {
        const at = this.#o.clock.now()
        const event = log ? this.add(log.on, log.owner) : undefined
        const ended = ends ? this.end(ends, at) : undefined
        const written = this.ledger.append({
            socket: this.row,
            ...(event && { events: [event] }),
            ...(offIds.length > 0 && { poweredOff: { ids: [...offIds], at } }),
            ...(ended && { stopped: ended.stopped }),
        })
        const power = event ? told(event) : []
        if (ends?.how === 'stopped') this.#events.tellOnceAnswered(written, ...endings(ended, 'stopped'), ...power)
        else if (ends?.how === 'manual')
            this.#events.tellWhenKept(written, ...power, ...endings(ended, ended?.isLate ? 'stopped' : 'manual'))
        else this.#events.tellWhenKept(written, ...power)
        return { written, event, row: ends?.how === 'stopped' ? ended?.rows[0] : undefined }
    }

    /** Ends instances, by an emergency before the socket is off, otherwise with it. */
    end(ends: Ends, at: number): Ended {
        let rows: InstanceRow[] = []
        const kept = this.#energy.kept(() => {
            rows = ends.how === 'stopped' ? [{ ...this.#runs.take(ends.id)! }] : this.#runs.takeAll()
        })
        const isLate = ends.how === 'manual' && rows.length === 1 && rows[0]!.id === ends.late
        const powerOffAt = ends.how === 'emergency' ? null : at
        const isManuallyStopped = ends.how === 'manual'
        const flags = { isEmergencyStopped: ends.how === 'emergency', isManuallyStopped }
        const reason = isLate ? 'stopped' : ends.how
        for (const row of rows) {
            // The wall clock may have been set back since it started.
            const stoppedAt = Math.max(at, row.startedAt)
            Object.assign(row, flags, { stopReason: reason, stoppedAt, powerOffAt: powerOffAt && stoppedAt })
        }
        // Before the store was read nobody knows them.
        const ids = this.#state().isLoaded ? { ids: rows.map((row) => row.id) } : {}
        return {
            rows,
            isLate,
            stopped: { ...ids, ...(kept && { kept }), reason, at, powerOffAt, ...flags, isManuallyStopped: isManuallyStopped && !isLate },
        }
    }
}

const endings = (ended: Ended | undefined, reason: 'stopped' | 'manual'): SocketEvent[] =>
    (ended?.rows ?? []).map((row) => ({ kind: 'stopped', at: ended!.stopped.at, instanceId: row.id, reason }))

/** Somebody pressed the button, unless it is known who else it was. */
const told = (event: PowerEvent): SocketEvent[] =>
    event.owner === '<manual>' ? [event, { kind: 'manual', at: event.at, power: event.kind }] : [event]
