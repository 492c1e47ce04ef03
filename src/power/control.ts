import type { Clock } from '../lib/index.ts'
import { type Effect, isRelay, type MachineEvent, type PowerState, type SwitchOutcome, step, type Timer } from './machine.ts'
import type { PlugOptions } from './options.ts'
import type { Plug } from './plug.ts'
import type { Recorded } from './recorder.ts'
import type { PowerEvent as LogEntry, Reading } from './repository.ts'

/** What became of a command, with what was written down of that. */
export interface Settled {
    outcome: SwitchOutcome
    recorded?: Recorded | undefined
    /** The entry that it went on, which is yet to be written down. */
    wentOn?: LogEntry | undefined
}

/** What the machine wants done that is not about the plug itself. */
export interface ControlHooks {
    record(effect: Extract<Effect, { do: 'record' }>): Recorded
    logOn(owner: string): LogEntry
    /** Queues {@link Control.switch} for an OFF, and dispatches `tried`. */
    switchOff(): void
    tell(isReachable: boolean): void
    inReach(): void
    /** Called after each step, once its effects are carried out. */
    changed(before: PowerState, after: PowerState): void
}

/** Keeps the machine's state, and carries out its effects on a plug. */
export class Control {
    readonly #o: PlugOptions
    readonly #plug: Plug
    readonly #hooks: ControlHooks
    readonly #clock: Clock
    readonly #timers = new Map<Timer, () => void>()
    #state: PowerState
    #settle: ((settled: Settled) => void) | undefined
    /** What was done in the step that is being made. */
    #done: Omit<Settled, 'outcome'> = {}

    constructor(options: PlugOptions, plug: Plug, state: PowerState, hooks: ControlHooks) {
        this.#o = options
        this.#plug = plug
        this.#clock = options.clock
        this.#state = state
        this.#hooks = hooks
        options.signal.addEventListener('abort', () => {
            for (const cancel of this.#timers.values()) cancel()
        })
    }

    get state(): PowerState {
        return this.#state
    }

    /** Whether it has said so, and was told nothing else since. */
    isRelay(on: boolean): boolean {
        return isRelay(this.#state, on, this.#clock.monotonic())
    }

    get relay(): 'on' | 'off' | 'unknown' {
        const { relay } = this.#state
        return relay === null ? 'unknown' : relay ? 'on' : 'off'
    }

    get connected(): boolean {
        return this.#plug.isConnected
    }

    /** Whether a reading is under way that the plug may not have heard itself asked for. */
    get measuring(): boolean {
        return this.#plug.isMeasuring
    }

    /** Tells the machine what happened, and does what follows. */
    dispatch(event: MachineEvent): void {
        const before = this.#state
        const { state, effects } = step(before, event, this.#clock.monotonic())
        if (state === before && effects.length === 0) return
        this.#state = state
        this.#done = {}
        for (const effect of effects) this.#run(effect)
        this.#hooks.changed(before, this.#state)
        // Last, for it may lead to the next step at once.
        if (effects.some((effect) => effect.do === 'switch-off') && !this.#o.signal.aborted) this.#hooks.switchOff()
    }

    /**
     * Switches and waits for the plug's own report. One at a time.
     * @param ends the instance that ends once the plug is off
     * @throws the signal's reason when it aborts
     */
    async switch(on: boolean, owner: string, signal: AbortSignal, ends: string | null = null): Promise<Settled> {
        signal.throwIfAborted()
        const began = this.#clock.monotonic()
        if (!this.#plug.isConnected && !(await this.#plug.reach(signal))) return { outcome: 'unsent' }
        signal.throwIfAborted()
        const { promise, resolve, reject } = Promise.withResolvers<Settled>()
        const abort = () => {
            this.dispatch({ type: 'abandoned' })
            reject(signal.reason)
        }
        signal.addEventListener('abort', abort)
        this.#settle = resolve
        this.dispatch({ type: 'switch', on, owner, ends, within: this.#o.confirm - (this.#clock.monotonic() - began) })
        try {
            return await promise
        } finally {
            signal.removeEventListener('abort', abort)
            // After an ON there is the reading that it went along with.
            if (!on) this.#plug.answered()
        }
    }

    /** A reading that is taken now. @throws {@link Refusal} 500 `NO_READING` */
    measure(): Promise<Reading> {
        this.dispatch({ type: 'measuring' })
        return this.#plug.measure()
    }

    #run(effect: Effect): void {
        if (effect.do === 'record') this.#done.recorded = this.#hooks.record(effect)
        else if (effect.do === 'log-on') this.#done.wentOn = this.#hooks.logOn(effect.owner)
        else if (effect.do === 'settle') this.#settle?.({ outcome: effect.outcome, ...this.#done })
        else if (effect.do === 'disarm') this.#disarm(effect.timer)
        // Once this socket is closed, the next one may have taken over the plug.
        else if (!this.#o.signal.aborted) this.#act(effect)
    }

    #act(effect: Exclude<Effect, { do: 'record' | 'log-on' | 'settle' | 'disarm' }>): void {
        const { family } = this.#o
        if (effect.do === 'send') this.#send(effect.what)
        else if (effect.do === 'query') this.#plug.send(family.query(effect.id)) || this.dispatch({ type: 'unsent', what: 'question' })
        else if (effect.do === 'ask') this.#plug.send(effect.command)
        else if (effect.do === 'arm') this.#arm(effect.timer, effect.ms)
        else if (effect.do === 'tell') this.#hooks.tell(effect.isReachable)
        else if (effect.do === 'in-reach') this.#hooks.inReach()
    }

    #send(what: Extract<Effect, { do: 'send' }>['what']): void {
        const { family } = this.#o
        if (what === 'measure') this.#plug.send(family.measure)
        else if (what === 'reading') this.#plug.measureAlong()
        else if (what === 'off-unawaited') this.#plug.send(family.switch(false))
        else if (!this.#plug.send(family.switch(what === 'on'), true)) this.dispatch({ type: 'unsent', what: 'command' })
    }

    #arm(timer: Timer, ms: number): void {
        this.#disarm(timer)
        const due = () => {
            this.#timers.delete(timer)
            this.dispatch({ type: 'timer', timer })
        }
        this.#timers.set(timer, this.#clock.after(ms, due))
    }

    #disarm(timer: Timer): void {
        this.#timers.get(timer)?.()
        this.#timers.delete(timer)
    }
}
