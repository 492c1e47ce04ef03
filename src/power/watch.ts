import { backoff, pause } from '../lib/index.ts'
import type { SocketEvent } from './events.ts'
import type { Parts } from './parts.ts'
import { HISTORY } from './power-log.ts'
import type { PowerEvent, Reading } from './repository.ts'

/** Looks after a socket while nobody asks: what the plug reports by itself, deadlines, and what is left to be put right. */
export class Watch {
    readonly #p: Parts

    constructor(parts: Parts) {
        this.#p = parts
    }

    /** Takes up what the store holds, as soon as it can be read, and compares it with the plug. */
    async load(tries = 1): Promise<void> {
        const { o, state, runs, plug, ledger, enforcer } = this.#p
        try {
            await o.store.ready(o.signal)
            await ledger.takeUp()
            const [row, running, events] = await this.#read()
            state.log.load(events)
            state.owned ||= row?.owned ?? false
            state.believed ??= state.log.on
            for (const instance of running) runs.add(instance)
            if (state.owned) plug.inherit(runs.size === 0)
            const halted = row?.haltedAt ?? null
            state.loaded = true
            await this.#resumeHalt(halted)
        } catch (error) {
            if (o.signal.aborted) return
            o.log(String(error))
            await pause(o.clock, backoff(tries), o.signal)
            return this.load(tries + 1)
        }
        for (const id of runs.overdue) this.expire(id)
        this.#p.runsChanged()
        if (plug.relay !== 'unknown') this.relay(plug.relay === 'on', 'answer', false)
        enforcer.now()
    }

    #read() {
        const { o } = this.#p
        const { power } = o.store
        return Promise.all([power.socket(o.id), power.running(o.id), power.events(o.id, HISTORY)])
    }

    /** Halted before, or while the store was away: in both cases nobody runs. */
    async #resumeHalt(storedAt: number | null): Promise<void> {
        const { state, ledger, runs } = this.#p
        const haltedMeanwhile = state.haltedAt !== null
        state.haltedAt ??= storedAt
        if (state.haltedAt === null || (runs.size === 0 && !haltedMeanwhile)) return
        const { stopped } = state.stopAll('emergency', false)
        await ledger.fact({ socket: state.row, stopped }).catch(() => {})
    }

    relay(on: boolean, how: 'echo' | 'answer' | 'periodic', ours: boolean): void {
        const { state, plug, queue, announcer, enforcer } = this.#p
        if (!state.loaded) {
            // An emergency holds, whatever else the store has to tell.
            if (on && state.haltedAt !== null && !ours && !plug.switching) enforcer.kick()
            announcer.view()
            return
        }
        const before = state.believed
        state.believed = on
        // A command under way is the business of whoever gave it.
        if (!ours && !plug.switching) {
            if (on) this.#foundOn(before === true, how === 'echo' ? '<manual>' : '<unknown>')
            else this.#foundOff(before === true, how === 'echo' ? '<manual>' : '<unknown>')
            if (queue.idle) this.#discharge()
        }
        announcer.view()
    }

    /** An OFF is owed no longer once the plug has said OFF after all that it was told. */
    #discharge(): void {
        const { state, runs, plug, ledger, enforcer } = this.#p
        if (runs.size > 0) return
        if (!state.owned && plug.orders.unsettled) {
            state.owned = true
        } else if (state.owned && plug.surelyOff && state.believed === false) {
            state.owned = false
            state.settled()
        } else {
            if (state.mustBeOff) enforcer.kick()
            return
        }
        ledger.fact({ socket: state.row }).catch(() => {})
        this.#p.runsChanged()
        if (state.mustBeOff) enforcer.kick()
    }

    /** Looks at what the plug reported while a command was under way, if it was not about that. */
    catchUp(): void {
        const { state, plug, runs } = this.#p
        if (!state.loaded || plug.relay === 'unknown') return
        const on = plug.relay === 'on'
        if (on && !state.log.on) this.#foundOn(false, '<unknown>')
        else if (!on && (state.log.on || runs.size > 0)) this.#foundOff(true, '<unknown>')
        this.#discharge()
    }

    #foundOn(wasOn: boolean, who: string): void {
        const { state, runs, ledger, announcer, enforcer } = this.#p
        const late = state.lateEcho(true)
        if (!wasOn) {
            const event = state.wentOn(late ?? who)
            if (late !== undefined && runs.size === 0) state.owned = true
            announcer.after(ledger.fact({ socket: state.row, events: [event] }), ...told(event))
        }
        if (state.mustBeOff) enforcer.kick()
        announcer.view()
    }

    #foundOff(wasOn: boolean, who: string): void {
        const { state, runs, plug, ledger, announcer } = this.#p
        if (!wasOn && runs.size === 0 && (!state.owned || state.log.on === false)) return
        const late = state.lateEcho(false)
        const [last] = runs.ids
        const stopLate = late !== undefined && runs.size === 1 && late === last
        const owner = late ?? (runs.size === 0 && state.owned ? state.owing.owner : who)
        const { rows, stopped } = state.stopAll('manual', true)
        stopped.isManuallyStopped = !stopLate
        const change = state.wentOff(owner, plug.surelyOff)
        const written = ledger.fact(rows.length > 0 ? { ...change, stopped } : change)
        this.#p.runsChanged()
        const reason = stopLate ? 'stopped' : 'manual'
        const ends = rows.map((row) => ({ kind: 'stopped', at: stopped.at, instanceId: row.id, reason }) as const)
        announcer.after(written, ...change.events!.flatMap(told), ...ends)
    }

    /** An instance has run for its time. It is over, be the plug within reach or not; the plug goes off as soon as it is. */
    expire(id: string): void {
        const { o, state, runs, ledger, enforcer, announcer } = this.#p
        const row = runs.take(id)
        if (!row) return
        if (runs.size === 0) state.owe('<timeout>', [id])
        const stopped = { ids: [id], at: o.clock.now(), powerOffAt: null, isEmergencyStopped: false, isManuallyStopped: false }
        announcer.after(ledger.fact({ stopped }), { kind: 'stopped', at: stopped.at, instanceId: id, reason: 'timeout' })
        this.#p.runsChanged()
        enforcer.kick()
    }

    /** Tries to switch off a plug that must be off, in its turn. */
    async enforce(): Promise<boolean> {
        const { o, state, plug, ledger, announcer } = this.#p
        if (!state.mustBeOff || plug.is(false)) return true
        const owner = state.haltedAt === null ? state.owing.owner : '<emergency>'
        const outcome = await plug.switch(false, o.signal)
        if (outcome !== 'confirmed') {
            state.missed(false, owner)
            return false
        }
        const change = state.wentOff(owner, plug.surelyOff)
        announcer.after(ledger.fact(change), ...change.events!)
        this.#p.runsChanged()
        return true
    }

    reading(reading: Reading): void {
        const { o, meter, announcer } = this.#p
        meter.take(reading)
        // One that cannot be kept is not missed: the next is on its way.
        if (meter.isKept(reading.at)) o.store.power.addSample(o.id, reading).catch(() => {})
        announcer.event({ kind: 'reading', at: reading.at, reading })
        announcer.view()
    }

    reachable(reachable: boolean): void {
        const { o, announcer } = this.#p
        announcer.event({ kind: reachable ? 'reachable' : 'unreachable', at: o.clock.now() })
        announcer.view()
        if (reachable) this.#within()
    }

    /** The plug can be spoken to again. */
    #within(): void {
        this.#p.guard?.renew()
        this.#p.enforcer.now()
    }

    connected(connected: boolean): void {
        this.#p.announcer.view()
        if (connected) this.#within()
    }
}

/** Somebody pressed the button, unless it is known who else it was. */
const told = (event: PowerEvent): SocketEvent[] =>
    event.owner === '<manual>' ? [event, { kind: 'manual', at: event.at, power: event.kind }] : [event]
