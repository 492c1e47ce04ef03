import { backoff, Refusal } from '../lib/index.ts'
import type { Message } from '../mqtt/index.ts'
import { Answers } from './answers.ts'
import { Confirmation, type Verdict } from './confirmation.ts'
import type { Command, Report } from './family.ts'
import { Measurement } from './measurement.ts'
import { Orders } from './orders.ts'
import type { PlugListener, PlugOptions } from './plug-options.ts'
import type { Reading } from './repository.ts'
import { Warnings } from './warnings.ts'

/** What became of a command: the plug confirmed it, reported the opposite, or said nothing in time; or it could not even be sent. */
export type Outcome = Verdict | 'silent' | 'unsent'

/** How long a plug may take to clear up a doubt, in milliseconds. */
const DOUBT = 1000
/** Characters of what it calls itself. */
const LONGEST_NAME = 256

/** One relay of one plug, as it can be seen and reached over MQTT. */
export class Plug {
    readonly #o: PlugOptions
    readonly #listener: PlugListener
    readonly #warnings: Warnings
    #connected = false
    #awaited: Confirmation | undefined
    #cancelDoubt: (() => void) | undefined
    readonly #answers: Answers
    /** Whether it told its state since it was last out of reach. */
    #fresh = false
    #cancelPursuit: (() => void) | undefined
    readonly #measurement: Measurement

    /** As last reported; unknown before, and after a command that was never confirmed. */
    relay: 'on' | 'off' | 'unknown' = 'unknown'
    /** When it last confirmed a command, in monotonic time. */
    confirmedAt = Number.NEGATIVE_INFINITY
    /** What it was told that may yet have an effect. */
    readonly orders: Orders
    /** By its last will, or because it was just heard of; undefined before. */
    reachable: boolean | undefined
    /** What it calls itself. */
    name: string | null = null

    constructor(options: PlugOptions, listener: PlugListener) {
        this.#o = options
        this.#listener = listener
        this.#answers = new Answers(options.clock, options.confirm)
        this.orders = new Orders(options.clock)
        this.#warnings = new Warnings((text) => options.log(text))
        this.#measurement = new Measurement({ ...options, ask: () => this.#send(options.family.measure) })
    }

    /** Begins to hear the plug. */
    listen(): void {
        const { broker, family, signal } = this.#o
        const hear = ({ topic, payload, retained }: Message) => this.#hear(topic, payload, retained)
        broker.subscribe([...family.filters, ...family.extras], hear, signal)
        // Of commands only those that the broker keeps matter; hearing each of ours would hold up what the plug says to it.
        broker.retained(family.commands, hear, signal)
        broker.onState((state) => (state === 'connected' ? this.#connect() : this.#disconnect()), signal)
        signal.addEventListener('abort', () => this.#cancelPursuit?.())
        // On a connection that others use already, the subscription is acknowledged later.
        this.#connect()
    }

    /** Whether a command waits for its confirmation. */
    get switching(): boolean {
        return this.#awaited !== undefined
    }

    /** Whether it can be spoken to, and will be heard. */
    get connected(): boolean {
        return this.#connected && this.#o.broker.state === 'connected'
    }

    /** Whether it has said so, and was told nothing else since. */
    is(on: boolean): boolean {
        return this.relay === (on ? 'on' : 'off') && this.orders.agrees(on)
    }

    /** Whether it has said OFF since whatever may have switched it on for us. */
    get surelyOff(): boolean {
        return this.relay === 'off' && !this.orders.mayBeOn
    }

    /** Somebody before us, whom it cannot tell from us, has switched it on. @param justNow whether that may not be done yet */
    inherit(justNow: boolean): void {
        this.orders.inherit(justNow)
        this.#pursue()
    }

    #connect(): void {
        this.#o.broker.subscribed(this.#o.signal).then(
            () => {
                if (this.#connected) return
                this.#connected = true
                this.#anew()
                this.#listener.connected(true)
            },
            () => {},
        )
    }

    #disconnect(): void {
        if (!this.#connected) return
        this.#connected = false
        this.#listener.connected(false)
    }

    /** Asks again until the plug has answered: messages get lost. */
    #pursue(tries = 1): void {
        const { clock, confirm, signal } = this.#o
        this.#cancelPursuit?.()
        if (signal.aborted) return
        this.#cancelPursuit = clock.after(Math.max(confirm, backoff(tries)), () => {
            if (!this.connected || (this.relay !== 'unknown' && this.#fresh && !this.orders.unsettled)) return
            this.query()
            this.#pursue(tries + 1)
        })
    }

    /** Asks the plug for its state; the answer comes as a report. */
    query(): number {
        return this.#send(this.#o.family.query) ? this.#answers.ask() : Number.POSITIVE_INFINITY
    }

    /** Has the plug switch off by itself after so many seconds; 0 takes that back. @returns the seconds it will keep to */
    guard(seconds: number): number {
        const guard = this.#o.family.guard(seconds)
        this.#send(guard.command)
        return guard.seconds
    }

    /** Sends OFF and waits for nothing. */
    pushOff(): void {
        if (this.#send(this.#o.family.switch(false))) this.orders.sent(false)
    }

    /** Switches and waits for the plug's own report. One at a time. @throws the signal's reason when it aborts */
    async switch(on: boolean, signal: AbortSignal): Promise<Outcome> {
        signal.throwIfAborted()
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
        const abort = () => reject(signal.reason)
        signal.addEventListener('abort', abort)
        const confirmation = this.#confirmation(on, resolve)
        this.#awaited = confirmation
        const late = this.#o.clock.after(this.#o.confirm, () => resolve(confirmation.end() ?? 'silent'))
        let open = false
        try {
            if (!(await this.#reach(signal)) || !this.#send(this.#o.family.switch(on), true)) return 'unsent'
            this.orders.sent(on)
            // In one go with the command; the plug does one after the other.
            if (on) this.#measurement.again()
            open = true
            const outcome = await promise
            open = outcome === 'silent'
            return outcome
        } finally {
            this.#awaited = undefined
            if (open) this.#lose()
            if (this.orders.unsettled) this.#pursue()
            signal.removeEventListener('abort', abort)
            late()
            this.#cancelDoubt?.()
        }
    }

    #confirmation(on: boolean, resolve: (outcome: Outcome) => void): Confirmation {
        const confirmation: Confirmation = new Confirmation({
            on,
            loose: this.orders.open(on),
            inherited: this.orders.inherited,
            counted: () => this.#answers.counted,
            settle: (verdict, proven) => {
                if (proven && this.#awaited === confirmation) this.orders.proven(verdict === 'confirmed' ? on : !on)
                if (verdict === 'confirmed') this.confirmedAt = this.#o.clock.monotonic()
                resolve(verdict)
            },
            ask: () => this.#ask(() => confirmation.late()),
        })
        return confirmation
    }

    /** What became of a command is not known; the plug may say so when asked. */
    #lose(): void {
        this.relay = 'unknown'
        this.query()
        this.#pursue()
    }

    /** Asks for the state that the command has led to. @returns the number of the answer to wait for */
    #ask(late: () => void): number {
        const answer = this.query()
        this.#cancelDoubt?.()
        this.#cancelDoubt = this.#o.clock.after(Math.min(DOUBT, this.#o.confirm / 2), late)
        return answer
    }

    /** Whether the broker is there; one that is just being connected to is waited for. */
    async #reach(signal: AbortSignal): Promise<boolean> {
        const { broker, clock, confirm } = this.#o
        if (this.connected) return true
        if (broker.state === 'disconnected') return false
        const late = new AbortController()
        const cancel = clock.after(confirm, () => late.abort())
        await broker.subscribed(AbortSignal.any([signal, late.signal])).catch(() => signal.throwIfAborted())
        cancel()
        return broker.state === 'connected'
    }

    /** Whether a reading is under way that it may not have heard itself asked for. */
    get measuring(): boolean {
        return this.#measurement.isDoubtful
    }

    /** A reading that is taken now; one at a time, shared by all who ask meanwhile. @throws {@link Refusal} 500 `NO_READING` */
    measure(): Promise<Reading> {
        if (this.relay === 'unknown' && !this.switching) this.query()
        return this.#measurement.run()
    }

    #send({ topic, payload }: Command, isUrgent = false): boolean {
        if (!this.connected) return false
        try {
            this.#o.broker.publish(topic, payload, isUrgent)
            return true
        } catch (error) {
            if (error instanceof Refusal) return false
            throw error
        }
    }

    #hear(topic: string, payload: Buffer, retained: boolean): void {
        const reports = this.#o.family.read(topic, payload, retained)
        const speaks = reports.some((report) => report.kind !== 'reachable' && report.kind !== 'hazard')
        if (speaks && !retained) this.#found(true)
        for (const report of reports) {
            // Only a plug that was away comes back; the broker's memory of it is no news.
            if (report.kind === 'reachable' && report.reachable && (!retained || this.reachable === false)) this.#anew()
            this.#take(report)
        }
    }

    /** It may have been switched, or have lost its power, or what it was told, while it could not be heard. */
    #anew(): void {
        this.#fresh = false
        this.#answers.doubt()
        this.query()
        this.#send(this.#o.family.measure)
        this.#pursue()
        this.#awaited?.anew()
    }

    #found(reachable: boolean): void {
        if (this.reachable === reachable) return
        this.reachable = reachable
        this.#listener.reachable(reachable)
    }

    #relay(report: Extract<Report, { kind: 'relay' }>): void {
        this.relay = report.on ? 'on' : 'off'
        this.#fresh = true
        const ours = this.#awaited?.on === report.on
        // Some say everything twice, some are asked by others too, and two plugs may share a topic.
        if (report.how === 'answer' && !this.#answers.hear() && this.orders.crowd()) this.#pursue()
        this.orders.heard(report.on, report.how)
        this.#awaited?.report(report, this.#answers.answered)
        this.#listener.relay(report.on, report.how, ours)
    }

    #take(report: Report): void {
        if (report.kind === 'relay') this.#relay(report)
        else if (report.kind === 'reading') {
            const reading = { at: this.#o.clock.now(), ...report.reading }
            this.#measurement.take(reading)
            this.#listener.reading(reading)
        } else if (report.kind === 'reachable') {
            this.#found(report.reachable)
        } else if (report.kind === 'name') {
            this.name = report.name.slice(0, LONGEST_NAME)
            this.#listener.changed()
        } else if (report.kind === 'unclear') {
            // One answer explains whatever was said before it.
            if (!this.#fresh) return
            this.#fresh = false
            this.query()
            this.#send(report.ask)
            this.#pursue()
        } else this.#warnings.say(report.text)
    }
}
