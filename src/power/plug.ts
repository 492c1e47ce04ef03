import { Refusal } from '../lib/index.ts'
import type { Message } from '../mqtt/index.ts'
import type { Command, PlugReport } from './families/family.ts'
import type { MachineEvent } from './machine.ts'
import { Measurement } from './measurement.ts'
import type { PlugOptions } from './options.ts'
import type { Reading } from './repository.ts'
import { Warnings } from './warnings.ts'

export interface PlugListener {
    /** Something happened that the machine has to know. */
    event(event: MachineEvent): void
    /** @param isCounterOfAll whether its energy is that of other relays as well */
    reading(reading: Reading, isCounterOfAll: boolean): void
    /** The plug said its name. */
    named(): void
    /** Whether nothing that changes power is under way. */
    readonly isIdle: boolean
}

/** Characters of what it calls itself. */
const LONGEST_NAME = 256

/** One relay of one plug over MQTT: sends, and tells what it hears. What follows from that is not decided here. */
export class Plug {
    readonly #o: PlugOptions
    readonly #listener: PlugListener
    readonly #warnings: Warnings
    readonly #measurement: Measurement
    #isSubscribed = false
    /** What it calls itself. */
    name: string | null = null

    constructor(options: PlugOptions, listener: PlugListener) {
        this.#o = options
        this.#listener = listener
        this.#warnings = new Warnings((text) => options.log(text))
        this.#measurement = new Measurement({ ...options, ask: () => this.send(options.family.measure) })
    }

    /** Begins to hear the plug. */
    listen(): void {
        const { broker, family, signal } = this.#o
        const { reports, optional, commands } = family.topics
        const hear = ({ topic, payload, retained }: Message) => this.#hear(topic, payload, retained)
        broker.subscribe([...reports, ...optional], hear, signal)
        // Of commands only those that the broker keeps matter; hearing each of ours would hold up what the plug says to it.
        broker.retained(commands, hear, signal)
        broker.onState((state) => (state === 'connected' ? this.#connect() : this.#disconnect()), signal)
        // On a connection that others use already, the subscription is acknowledged later.
        this.#connect()
    }

    /** Whether it can be spoken to, and will be heard. */
    get isConnected(): boolean {
        return this.#isSubscribed && this.#o.broker.state === 'connected'
    }

    #connect(): void {
        const connected = () => {
            if (this.#isSubscribed) return
            this.#isSubscribed = true
            this.#listener.event({ type: 'connected' })
        }
        this.#o.broker.subscribed(this.#o.signal).then(connected, () => {})
    }

    #disconnect(): void {
        this.#isSubscribed = false
        this.#listener.event({ type: 'disconnected' })
    }

    /** Whether the broker is there; one that is just being connected to is waited for. @throws the signal's reason when it aborts */
    async reach(signal: AbortSignal): Promise<boolean> {
        const { broker, clock, confirm } = this.#o
        if (this.isConnected) return true
        if (broker.state === 'disconnected') return false
        const late = new AbortController()
        const cancel = clock.after(confirm, () => late.abort())
        await broker.subscribed(AbortSignal.any([signal, late.signal])).catch(() => signal.throwIfAborted())
        cancel()
        return broker.state === 'connected'
    }

    /** @returns whether the broker took it */
    send({ topic, payload }: Command, isUrgent = false): boolean {
        if (!this.isConnected) return false
        try {
            this.#o.broker.publish(topic, payload, isUrgent)
            return true
        } catch (error) {
            if (error instanceof Refusal) return false
            throw error
        }
    }

    /** Nobody waits any more for what came of a command. */
    answered(): void {
        this.#o.broker.answered()
    }

    /** Has the plug switch off by itself after so many seconds; 0 takes that back. @returns the seconds it will keep to; undefined if it cannot be told */
    offAfter(wanted: number): number | undefined {
        const { command, seconds } = this.#o.family.offAfter(wanted)
        return this.send(command) ? seconds : undefined
    }

    /** Whether a reading is under way that it may not have heard itself asked for. */
    get isMeasuring(): boolean {
        return this.#measurement.mayBeUnheard
    }

    /** A reading that is taken now; one at a time, shared by all who ask meanwhile. @throws {@link Refusal} 500 `NO_READING` */
    measure(): Promise<Reading> {
        return this.#measurement.run()
    }

    /** Asks along with a command for a reading that will be wanted once the plug has confirmed that. */
    measureAlong(): void {
        this.#measurement.along()
    }

    #hear(topic: string, payload: Buffer, retained: boolean): void {
        const reports = this.#o.family.read(topic, payload, retained)
        const speaks = reports.some((report) => report.kind !== 'reachable' && report.kind !== 'hazard')
        if (speaks && !retained) this.#listener.event({ type: 'heard' })
        for (const report of reports) this.#take(report, retained)
    }

    #take(report: PlugReport, retained: boolean): void {
        const listener = this.#listener
        if (report.kind === 'relay') {
            const { on, how, answers } = report
            listener.event({ type: 'report', on, how, answers, isIdle: listener.isIdle })
        } else if (report.kind === 'reading') {
            const reading = { at: this.#o.clock.now(), ...report.reading }
            this.#measurement.take(reading)
            listener.reading(reading, report.isCounterOfAll ?? false)
        } else if (report.kind === 'reachable') {
            listener.event({ type: 'will', isReachable: report.reachable, isNews: !retained })
        } else if (report.kind === 'name') {
            this.name = report.name.slice(0, LONGEST_NAME)
            listener.named()
        } else if (report.kind === 'unclear') listener.event({ type: 'unclear', ask: report.ask })
        else this.#warnings.say(report.text)
    }
}
