import {
    type Effect,
    isOffDue,
    isOnUnproven,
    isRelay,
    type MachineEvent,
    offOwner,
    opened,
    type PowerState,
    type SwitchOutcome,
    step,
    type Timer,
} from '../../src/power/machine.ts'
import { freeze } from './freeze.ts'
import { type Trouble, WalkPlug } from './walk-plug.ts'

/** One step that was made. */
export type Made = { before: PowerState; event: MachineEvent; after: PowerState; effects: Effect[]; now: number }

interface Call {
    at: number
    run: () => void
}

type Turn = { kind: 'start' | 'stop' | 'cut' | 'off'; id: string; wentOn?: boolean; isOver?: boolean }

/** Milliseconds that the plug has to confirm a command. */
export const CONFIRM = 5000

/**
 * Walks the machine alone: no promise, no timer, no socket. It does what a socket does with the effects, on a plug that does one command
 * after the other and says so, late, twice or not at all.
 */
export class Walk {
    readonly random: () => number
    readonly #made: (made: Made, walk: Walk) => void
    readonly #calls: Call[] = []
    readonly timers = new Map<Timer, { at: number }>()
    now = 1_000_000
    state: PowerState
    /** What the store holds. */
    readonly store = {
        offDue: false,
        isOnUnproven: false,
        haltedAt: null as number | null,
        running: [] as string[],
        wasOn: null as boolean | null,
    }
    running: string[] = []
    turns: Turn[] = []
    /** What has its turn. */
    turn: Turn | undefined
    #wasDue = false
    #ids = 0
    readonly plug: WalkPlug
    /** Grows with each process. */
    process = 0

    constructor(random: () => number, trouble: Trouble, made: (made: Made, walk: Walk) => void) {
        this.random = random
        this.#made = made
        this.plug = new WalkPlug(this, trouble)
        this.state = this.restart()
    }

    chance(of: number): boolean {
        return this.random() < of
    }

    /** Ends the process and begins another one on what the store holds. */
    restart(): PowerState {
        this.process++
        this.timers.clear()
        this.turn = undefined
        ;[this.turns, this.running] = [[], []]
        this.state = opened(CONFIRM, this.now, null, false)
        this.after(1, () => this.tell({ type: 'connected' }))
        this.after(1 + Math.floor(this.random() * (this.chance(0.2) ? 12_000 : 20)), () => this.#load())
        return this.state
    }

    #load(): void {
        const { offDue, isOnUnproven, haltedAt, wasOn } = this.store
        this.running = [...this.store.running]
        this.tell({ type: 'loaded', offDue, isOnUnproven, haltedAt, running: [...this.running], wasOn })
        this.tell({ type: 'resumed', isIdle: !this.turn })
    }

    /** Calls later, unless the process has ended by then. */
    after(ms: number, run: () => void): { at: number } {
        const process = this.process
        return this.later(ms, () => process === this.process && run())
    }

    later(ms: number, run: () => void): { at: number } {
        const call = { at: this.now + ms, run }
        this.#calls.push(call)
        return call
    }

    /** Goes on for so many milliseconds. */
    advance(ms: number): void {
        const end = this.now + ms
        for (;;) {
            const next = this.#calls.reduce<Call | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined)
            if (!next || next.at > end) break
            this.#calls.splice(this.#calls.indexOf(next), 1)
            this.now = next.at
            next.run()
        }
        this.now = end
    }

    tell(event: MachineEvent): void {
        const before = this.state
        const { state, effects } = step(freeze(before), event, this.now)
        this.state = state
        this.#made({ before, event, after: state, effects, now: this.now }, this)
        for (const effect of effects) this.#run(effect)
    }

    #run(effect: Effect): void {
        if (effect.do === 'arm') this.#arm(effect.timer, effect.ms)
        else if (effect.do === 'disarm') this.timers.delete(effect.timer)
        else if (effect.do === 'send' || effect.do === 'query' || effect.do === 'ask') this.#send(effect)
        else if (effect.do === 'settle') this.#settled(effect.outcome)
        else if (effect.do === 'switch-off') this.queue({ kind: 'off', id: '' })
        else if (effect.do === 'record') {
            if (effect.ends) this.running = effect.ends.how === 'stopped' ? this.running.filter((id) => id !== this.turn?.id) : []
            this.#keep(effect.log?.on)
        }
    }

    #keep(on = this.store.wasOn): void {
        const { offDue, haltedAt } = this.state
        Object.assign(this.store, { offDue, isOnUnproven: isOnUnproven(this.state), haltedAt, running: [...this.running], wasOn: on })
    }

    #arm(timer: Timer, ms: number): void {
        const due = this.after(ms, () => {
            if (this.timers.get(timer) !== due) return
            this.timers.delete(timer)
            this.tell({ type: 'timer', timer })
        })
        this.timers.set(timer, due)
    }

    #send(effect: Effect): void {
        if (effect.do === 'send' && (effect.what === 'measure' || effect.what === 'reading')) return
        if (effect.do !== 'ask' && this.chance(0.02)) this.#refuse(effect)
        else this.plug.take(effect)
    }

    /** The broker does not take it. */
    #refuse(effect: Effect): void {
        if (effect.do === 'query') this.tell({ type: 'unsent', what: 'question' })
        else if (effect.do === 'send' && effect.what !== 'off-unawaited') this.tell({ type: 'unsent', what: 'command' })
    }

    drop(ms: number): void {
        if (!this.state.isConnected) return
        this.tell({ type: 'disconnected' })
        this.after(ms, () => this.tell({ type: 'connected' }))
    }

    queue(turn: Turn, isUrgent = false): void {
        if (isUrgent) this.turns.unshift(turn)
        else this.turns.push(turn)
        this.after(0, () => !this.turn && this.#next())
    }

    start(): void {
        const { isLoaded, haltedAt, isRecovering } = this.state
        if (isLoaded && haltedAt === null && !isRecovering) this.queue({ kind: 'start', id: `i${++this.#ids}` })
    }

    stop(): void {
        const [id] = this.running
        if (id) this.queue({ kind: 'stop', id })
    }

    expire(): void {
        const id = this.running.shift()
        if (!id) return
        this.tell({ type: 'expired', id })
        this.#keep()
    }

    halt(): void {
        const ids = this.running.splice(0)
        this.tell({ type: 'halted', at: this.now, ids })
        if (this.state.isLoaded) this.#keep()
        if (this.turn?.kind === 'start' && !this.turn.isOver) {
            if (this.state.pending) this.tell({ type: 'abandoned' })
            this.#failed()
        }
        if (this.turn) this.tell({ type: 'pushed-off' })
        this.queue({ kind: 'cut', id: '' }, true)
    }

    recover(): void {
        const { haltedAt, isLoaded, isRecovering } = this.state
        if (haltedAt === null || !isLoaded || isRecovering) return
        this.tell({ type: 'recovering' })
        const isKept = this.chance(0.8)
        this.after(1 + Math.floor(this.random() * 50), () => {
            this.tell({ type: 'recovered', haltedAt: isKept ? null : haltedAt })
            this.#keep()
        })
    }

    #next(): void {
        this.turn = this.turns.shift()
        if (!this.turn) return
        const { kind, id } = this.turn
        const { state } = this
        if (kind === 'start') this.#begin(id)
        else if (kind === 'cut') this.#switchTo(false, '<emergency>')
        else if (kind === 'off' && isOffDue(state, this.now)) this.#switchTo(false, offOwner(state))
        else if (kind === 'off') this.#over(() => this.tell({ type: 'tried', isOff: true }))
        else if (!this.running.includes(id)) this.#over()
        else if (this.running.length > 1) {
            this.running = this.running.filter((other) => other !== id)
            this.tell({ type: 'stopped' })
            this.#keep()
            this.#over()
        } else this.#switchTo(false, id, id)
    }

    #begin(id: string): void {
        const { state } = this
        if (state.haltedAt !== null || state.isRecovering || !state.isLoaded) return void this.#over()
        if (isRelay(state, true, this.now) && state.wasOn !== false) return void this.#started(id)
        this.#wasDue = state.offDue
        this.tell({ type: 'claimed' })
        if (this.chance(0.02) && !this.#wasDue) {
            this.tell({ type: 'unclaimed' })
            return void this.#failed()
        }
        this.#keep()
        const { turn } = this
        this.after(1, () => this.turn === turn && !turn?.isOver && this.#switchTo(true, id))
    }

    #switchTo(on: boolean, owner: string, ends: string | null = null): void {
        this.tell({ type: 'switch', on, owner, ends, within: CONFIRM })
    }

    #started(id: string): void {
        this.running.push(id)
        this.tell({ type: 'started' })
        const isKept = this.chance(0.97)
        if (isKept) this.#keep()
        else this.running.pop()
        this.#over(() => isKept || this.tell({ type: 'failed', id, wentOn: false, ran: true }))
    }

    #settled(outcome: SwitchOutcome): void {
        const turn = this.turn!
        if (turn.kind === 'start') this.#startSettled(turn, outcome)
        else if (turn.kind === 'off') this.#over(() => this.tell({ type: 'tried', isOff: outcome === 'confirmed' }))
        else this.#over()
    }

    #startSettled(turn: Turn, outcome: SwitchOutcome): void {
        // The reading comes a little later, or never.
        turn.wentOn = outcome === 'confirmed'
        if (turn.wentOn)
            this.after(Math.floor(this.random() * 100), () => {
                if (this.turn !== turn || turn.isOver) return
                if (this.state.wasOn === false || this.chance(0.1)) this.#failed()
                else this.#started(turn.id)
            })
        else {
            if (outcome === 'unsent' && !this.#wasDue) this.tell({ type: 'unclaimed' })
            this.#keep()
            this.#failed()
        }
    }

    #failed(): void {
        const { id, wentOn = false } = this.turn!
        this.#over(() => this.tell({ type: 'failed', id, wentOn, ran: false }))
    }

    /** The turn is over; the next begins. */
    #over(last: () => unknown = () => {}): void {
        const turn = this.turn!
        turn.isOver = true
        this.after(0, () => {
            if (this.turn !== turn) return
            this.turn = undefined
            // A socket may hear of it before the next turn begins, or after.
            if (turn.kind === 'off' && this.chance(0.5)) this.after(2, last)
            else last()
            this.tell({ type: 'turn-over' })
            this.#next()
        })
    }
}
