import { EventEmitter, once } from 'node:events'
import { Socket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { systemClock } from '../../src/lib/index.ts'
import { Backlog } from './backlog.ts'
import { fastClock } from './clock.ts'
import { execute } from './commands.ts'
import { contrary, distorted, type Fault, times } from './faults.ts'
import type { Meter } from './meter.ts'
import { type Cause, defaults, type Settings, Tasmota } from './tasmota.ts'

export interface PlugOptions extends Partial<Settings> {
    /** Instead of host and port. */
    url?: string
    host?: string
    port?: number
    username?: string | undefined
    password?: string | undefined
    /** @defaultValue `%prefix%/%topic%/` */
    fullTopic?: string
    /** Prefix1 to Prefix3. @defaultValue cmnd, stat, tele */
    prefixes?: readonly [cmnd: string, stat: string, tele: string] | undefined
    /** How much faster than real time passes for the plug. */
    speed?: number
    fault?: Fault | undefined
    /** Milliseconds that a slow plug takes to answer. */
    delay?: number
    /** Milliseconds that it takes for each command, one after the other. */
    pace?: number
}

export interface Received {
    /** The whole topic. */
    topic: string
    payload: string
    /** Milliseconds since 1970. */
    at: number
}

interface Events {
    command: [Received]
    /** A relay, from 1, was switched. */
    relay: [relay: number, on: boolean, cause: Cause]
    said: [topic: string, payload: string]
    online: []
    offline: []
    /** Why it cannot connect. */
    trouble: [reason: string]
}

type Prefix = 'cmnd' | 'stat' | 'tele'
const order: readonly Prefix[] = ['cmnd', 'stat', 'tele']

const MOST_REMEMBERED = 10_000

/** A simulated plug with Tasmota firmware, on a real broker. Relays are counted from 1, as Tasmota does. */
export class Plug extends EventEmitter<Events> {
    /** What was published to it, oldest first. */
    readonly commands: Received[] = []
    /** Milliseconds, of the slow fault. */
    delay: number
    readonly #options: PlugOptions
    readonly #settings: Settings
    readonly #tasmota: Tasmota
    readonly #backlog: Backlog
    readonly #late = new Set<() => void>()
    #client: MqttClient | undefined
    #fault: Fault | undefined
    #introduced = false
    #listening = false
    #freeAt = 0

    constructor(options: PlugOptions = {}) {
        super()
        this.#options = options
        this.#settings = { ...defaults, ...options }
        this.#fault = options.fault
        this.delay = options.delay ?? 3000
        this.#tasmota = new Tasmota(this.#settings, {
            clock: fastClock(options.speed ?? 1),
            say: (prefix, leaf, payload) => this.#say(prefix, leaf, payload),
            switched: (relay, on, cause) => this.emit('relay', relay + 1, on, cause),
        })
        this.#backlog = new Backlog(this.#tasmota.clock, (name, payload) => this.#execute(name, payload))
    }

    /** A plug that is online and listens. */
    static async connect(options: PlugOptions = {}): Promise<Plug> {
        const plug = new Plug(options)
        await plug.start()
        return plug
    }

    /** Connects, for as long as it takes. */
    async start(): Promise<void> {
        await this.comeBack()
        if (this.#fault === 'offline') this.goOffline()
    }

    get relays(): readonly boolean[] {
        return this.#tasmota.relays
    }

    /** Whether it is connected and takes commands. */
    get online(): boolean {
        return this.#listening
    }

    get fault(): Fault | undefined {
        return this.#fault
    }

    set fault(fault: Fault | undefined) {
        const was = this.#fault
        this.#fault = fault
        if (fault === 'offline') this.goOffline()
        else if (was === 'offline') void this.comeBack()
    }

    /** Its button, which switches whether it is online or not. */
    press(relay = 1): void {
        if (!(relay - 1 in this.relays)) throw new RangeError(`there is no relay ${relay}`)
        this.#tasmota.switch(relay - 1, !this.relays[relay - 1], 'button')
    }

    setOption(number: number, on: boolean): void {
        if (on) this.#tasmota.options.add(number)
        else this.#tasmota.options.delete(number)
    }

    /** What it calls its states from now on. */
    setStateText(off: string, on: string): void {
        this.#tasmota.stateText = [off, on]
    }

    /** What it draws while on, instead of its curve; undefined goes back to the curve. */
    setPower(watts: number | undefined, relay = 1): void {
        this.#tasmota.meter.fix(relay - 1, watts)
    }

    get meter(): Meter {
        return this.#tasmota.meter
    }

    /** Loses the connection without a goodbye; the broker publishes the last will. */
    goOffline(): void {
        this.#client?.end(true)
        this.#client = undefined
        this.#gone()
    }

    /** Connects, for as long as it takes, and is back once it listens. */
    async comeBack(): Promise<void> {
        if (this.#client) return
        const online = once(this, 'online')
        this.#client = this.#connect()
        await online
    }

    /** Loses its mains for a moment: running timers are lost, and PowerOnState says how it starts. */
    async reboot(): Promise<void> {
        this.goOffline()
        this.#introduced = false
        this.#backlog.clear()
        this.#tasmota.boot()
        await this.comeBack()
    }

    /** Goes away for good, saying so. */
    async close(): Promise<void> {
        this.#backlog.clear()
        this.#tasmota.stop()
        for (const cancel of this.#late) cancel()
        const client = this.#client
        this.#client = undefined
        if (!client) return
        if (!client.connected) return void client.end(true)
        client.publish(this.#topic('tele', 'LWT'), 'Offline', { retain: true })
        await client.endAsync()
    }

    #gone(): void {
        this.#listening = false
        this.emit('offline')
    }

    #topic(prefix: Prefix, leaf: string, topic = this.#settings.topic): string {
        const { fullTopic: full = '%prefix%/%topic%/', prefixes = order } = this.#options
        const { id, hostname } = this.#settings
        return (
            full
                .replace('%prefix%', prefixes[order.indexOf(prefix)] ?? prefix)
                .replace('%topic%', topic)
                .replace('%hostname%', hostname || topic)
                .replace('%id%', id)
                .replace(/\/*$/, '/') + leaf
        )
    }

    #connect(): MqttClient {
        const { url, host = '127.0.0.1', port = 1883, username, password } = this.#options
        const options: IClientOptions = {
            reconnectPeriod: 500,
            reconnectOnConnackError: true,
            resubscribe: false,
            queueQoSZero: false,
            keepalive: 30,
            ...(username ? { username } : {}),
            ...(password ? { password } : {}),
            will: { topic: this.#topic('tele', 'LWT'), payload: Buffer.from('Offline'), qos: 1, retain: true },
        }
        const client = connect(url ?? `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`, options)
        client.on('connect', () => {
            // MQTT.js leaves Nagle's algorithm on, which holds back every second small packet for 40 ms.
            if (client.stream instanceof Socket) client.stream.setNoDelay(true)
            this.#greet(client)
        })
        client.on('message', (topic, payload) => {
            if (client === this.#client) this.#receive(topic, payload.toString())
        })
        client.on('error', (error) => this.emit('trouble', error.message || ('code' in error ? String(error.code) : 'no connection')))
        client.on('close', () => {
            if (client === this.#client && this.#listening) this.#gone()
        })
        return client
    }

    /** As Tasmota does: last will, a question to nobody that other systems rely on, and then it listens. */
    #greet(client: MqttClient): void {
        if (client !== this.#client) return
        client.publish(this.#topic('tele', 'LWT'), 'Online', { retain: true })
        if (!this.#tasmota.options.has(90)) client.publish(this.#topic('cmnd', 'POWER'), '')
        // Without %topic% in FullTopic both are the same, and Tasmota leaves the group out.
        const filters = [...new Set([this.#topic('cmnd', '+'), this.#topic('cmnd', '+', this.#settings.groupTopic)])]
        client.subscribe(filters, (error) => {
            if (error || client !== this.#client) return
            if (!this.#introduced) this.#tasmota.introduce()
            this.#introduced = true
            this.#listening = true
            this.emit('online')
        })
    }

    #receive(topic: string, payload: string): void {
        const received = { topic, payload, at: systemClock.now() }
        if (this.commands.push(received) > MOST_REMEMBERED) this.commands.shift()
        this.emit('command', received)
        if (this.#fault === 'deaf') return
        const { pace = 0 } = this.#options
        const run = () => this.#execute(topic.slice(topic.lastIndexOf('/') + 1), payload.trim())
        const now = systemClock.monotonic()
        this.#freeAt = Math.max(this.#freeAt, now) + pace
        if (pace === 0) run()
        else this.#later(this.#freeAt - now, run)
    }

    #later(ms: number, run: () => void): void {
        const cancel = systemClock.after(ms, () => {
            this.#late.delete(cancel)
            run()
        })
        this.#late.add(cancel)
    }

    #execute(name: string, payload: string): void {
        if (/^backlog0?$/i.test(name)) this.#backlog.add(payload, !name.endsWith('0'))
        else if (/^restart$/i.test(name)) void this.reboot()
        else execute(this.#tasmota, name, this.#fault === 'contrary' ? contrary(name, payload) : payload)
    }

    #say(prefix: Prefix, leaf: string, payload: string): void {
        for (let n = times(this.#fault, leaf, payload); n > 0; n--) {
            if (this.#fault !== 'slow') {
                this.#publish(prefix, leaf, payload)
                continue
            }
            this.#later(this.delay, () => this.#publish(prefix, leaf, payload))
        }
    }

    #publish(prefix: Prefix, leaf: string, said: string): void {
        const topic = this.#topic(prefix, leaf)
        const payload = distorted(this.#fault, said)
        if (!this.#client?.connected) return
        this.#client.publish(topic, payload)
        this.emit('said', topic, payload)
    }
}
