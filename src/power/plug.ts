import { backoff, type Clock } from '../clock/index.ts'
import type { Broker } from '../mqtt/index.ts'
import { Refusal } from '../refusal.ts'
import { Confirmation, type Verdict } from './confirmation.ts'
import type { Command, Family, Report } from './family.ts'
import type { Reading } from './repository.ts'

/** What became of a command: the plug confirmed it, reported the opposite, or said nothing in time; or it could not even be sent. */
export type Outcome = Verdict | 'silent' | 'unsent'

export interface PlugOptions {
    broker: Broker
    family: Family
    clock: Clock
    /** Milliseconds the plug has to confirm a command or to give a reading. */
    confirm: number
    /** Ends everything. */
    signal: AbortSignal
    log(text: string): void
}

export interface PlugListener {
    /** @param ours whether it is what a command under way asked for */
    relay(on: boolean, how: 'echo' | 'answer' | 'periodic', ours: boolean): void
    reading(reading: Reading): void
    reachable(reachable: boolean): void
    /** The broker was reached or lost. */
    connected(connected: boolean): void
    /** The plug said its name. */
    changed(): void
}

/** How long a plug may take to clear up a doubt, in milliseconds. */
const DOUBT = 1000

/** Warnings about one plug; whoever can publish can make up more. */
const MOST_HAZARDS = 40

/** One relay of one plug, as it can be seen and reached over MQTT. */
export class Plug {
    readonly #o: PlugOptions
    readonly #listener: PlugListener
    readonly #hazards = new Set<string>()
    #connected = false
    #awaited: Confirmation | undefined
    #cancelDoubt: (() => void) | undefined
    /** The last command was never confirmed: its echo may still come. */
    #loose = false
    /** Queries sent, and answers to them, over the present connection. */
    #asked = 0
    #answered = 0
    #askedAt = 0
    /** Whether it told its state since it was last out of reach. */
    #fresh = false
    #cancelPursuit: (() => void) | undefined
    #measuring: Promise<Reading> | undefined
    #gotReading: ((reading: Reading) => void) | undefined

    /** As last reported; unknown before, and after a command that was never confirmed. */
    relay: 'on' | 'off' | 'unknown' = 'unknown'
    /** By its last will, or because it was just heard of; undefined before. */
    reachable: boolean | undefined
    /** What it calls itself. */
    name: string | null = null

    constructor(options: PlugOptions, listener: PlugListener) {
        this.#o = options
        this.#listener = listener
    }

    /** Begins to hear the plug. */
    listen(): void {
        const { broker, family, signal } = this.#o
        const filters = [...family.filters, ...family.extras, ...family.commands]
        broker.subscribe(filters, ({ topic, payload, retained }) => this.#hear(topic, payload, retained), signal)
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

    #connect(): void {
        this.#o.broker.subscribed(this.#o.signal).then(
            () => {
                if (this.#connected) return
                this.#connected = true
                this.#fresh = false
                this.#asked = 0
                this.#answered = 0
                this.query()
                this.#pursue()
                this.#awaited?.asked(this.#asked)
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
            if (!this.connected || (this.relay !== 'unknown' && this.#fresh)) return
            this.query()
            this.#pursue(tries + 1)
        })
    }

    /** Asks the plug for its state; the answer comes as a report. */
    query(): void {
        if (!this.#send(this.#o.family.query)) return
        const now = this.#o.clock.monotonic()
        // What it has not answered by now it never will.
        if (now - this.#askedAt > this.#o.confirm) this.#answered = this.#asked
        this.#askedAt = now
        this.#asked++
    }

    /** Has the plug switch off by itself after so many seconds; 0 takes that back. @returns the seconds it will keep to */
    guard(seconds: number): number {
        const guard = this.#o.family.guard(seconds)
        this.#send(guard.command)
        return guard.seconds
    }

    /** Sends OFF and waits for nothing. */
    pushOff(): void {
        this.#send(this.#o.family.switch(false))
    }

    /** Switches and waits for the plug's own report. One at a time. @throws the signal's reason when it aborts */
    async switch(on: boolean, signal: AbortSignal): Promise<Outcome> {
        signal.throwIfAborted()
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
        const abort = () => reject(signal.reason)
        signal.addEventListener('abort', abort)
        const confirmation = new Confirmation(on, this.#loose, resolve, () => this.#ask(() => confirmation.late()))
        this.#awaited = confirmation
        const late = this.#o.clock.after(this.#o.confirm, () => resolve('silent'))
        let open = false
        try {
            if (!(await this.#reach(signal)) || !this.#send(this.#o.family.switch(on))) return 'unsent'
            open = true
            const outcome = await promise
            open = outcome === 'silent'
            this.#loose = open
            return outcome
        } finally {
            this.#awaited = undefined
            if (open) this.#lose()
            signal.removeEventListener('abort', abort)
            late()
            this.#cancelDoubt?.()
        }
    }

    /** What became of a command is not known; the plug may say so when asked. */
    #lose(): void {
        this.#loose = true
        this.relay = 'unknown'
        this.query()
        this.#pursue()
    }

    /** Asks for the state that the command has led to. @returns the number of the answer to wait for */
    #ask(late: () => void): number {
        this.query()
        this.#cancelDoubt = this.#o.clock.after(Math.min(DOUBT, this.#o.confirm / 2), late)
        return this.#asked
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

    /** Whether a reading is under way. */
    get measuring(): boolean {
        return this.#measuring !== undefined
    }

    /** A reading that is taken now; one at a time, shared by all who ask meanwhile. @throws {@link Refusal} 500 `NO_READING` */
    measure(): Promise<Reading> {
        if (this.relay === 'unknown' && !this.switching) this.query()
        this.#measuring ??= this.#measure().finally(() => {
            this.#measuring = undefined
            this.#gotReading = undefined
        })
        return this.#measuring
    }

    async #measure(): Promise<Reading> {
        const { promise, resolve, reject } = Promise.withResolvers<Reading>()
        this.#gotReading = resolve
        if (!this.#send(this.#o.family.measure)) throw noReading('the broker is not connected')
        const late = this.#o.clock.after(this.#o.confirm, () => reject(noReading('the plug gave no reading in time')))
        const abort = () => reject(this.#o.signal.reason)
        this.#o.signal.addEventListener('abort', abort)
        try {
            return await promise
        } finally {
            late()
            this.#o.signal.removeEventListener('abort', abort)
        }
    }

    #send({ topic, payload }: Command): boolean {
        if (!this.connected) return false
        try {
            this.#o.broker.publish(topic, payload)
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
        for (const report of reports) this.#take(report)
    }

    /** What it was asked while it was away it will never answer. */
    #returned(): void {
        this.#fresh = false
        this.#asked = 0
        this.#answered = 0
        this.query()
        this.#pursue()
        this.#awaited?.asked(this.#asked)
    }

    #found(reachable: boolean): void {
        if (this.reachable === reachable) return
        this.reachable = reachable
        this.#listener.reachable(reachable)
    }

    #take(report: Report): void {
        if (report.kind === 'relay') {
            this.relay = report.on ? 'on' : 'off'
            this.#fresh = true
            const ours = this.#awaited?.on === report.on
            // Some say everything twice, and some are asked by others too.
            if (report.how === 'answer') this.#answered = Math.min(this.#answered + 1, this.#asked)
            this.#awaited?.report(report, this.#answered)
            this.#listener.relay(report.on, report.how, ours)
        } else if (report.kind === 'reading') {
            const reading = { at: this.#o.clock.now(), ...report.reading }
            this.#gotReading?.(reading)
            this.#listener.reading(reading)
        } else if (report.kind === 'reachable') {
            // A plug that comes back may have been switched, or have lost its power, meanwhile.
            if (report.reachable && this.reachable !== true) this.#returned()
            this.#found(report.reachable)
        } else if (report.kind === 'name') {
            this.name = report.name
            this.#listener.changed()
        } else if (report.kind === 'unclear') {
            // One answer explains whatever was said before it.
            if (!this.#fresh) return
            this.#fresh = false
            this.query()
            this.#send(report.ask)
            this.#pursue()
        } else if (!this.#hazards.has(report.text) && this.#hazards.size < MOST_HAZARDS) {
            this.#hazards.add(report.text)
            this.#o.log(report.text)
        }
    }
}

const noReading = (message: string) => new Refusal(500, 'NO_READING', message)
