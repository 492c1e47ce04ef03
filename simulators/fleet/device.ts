import WebSocket from 'ws'
import { systemClock } from '../../src/lib/index.ts'
import { type Faults, Line } from './faults.ts'
import { numbers, type Shape, values } from './shapes.ts'

export interface DeviceOptions {
    url: string
    token: string | undefined
    serial: string
    shape: Shape
    max: number
    /** Seconds between two values. */
    minInterval: number
    maxInterval: number
    start: 'init' | 'update'
    faults: Faults
    seed: number
    /** Milliseconds until it tries again. */
    reconnect: number
}

/** What a device tells whoever runs it. */
export interface DeviceListener {
    connected(device: Device): void
    disconnected(device: Device, code: number): void
    trouble(device: Device, reason: string): void
    sent(device: Device, text: string): void
    answered(device: Device, answer: { id: string; ok: boolean }): void
    /** The server changes parameters of it. */
    told(device: Device, set: Record<string, unknown>): void
    /** The server tells of another device. */
    heard(device: Device, serial: string, set: Record<string, unknown>): void
}

/** What changes by itself, beside the local time. */
const MEASURED = ['power_income', 'power_inject', 'power_consumption', 'battery']
const COUNTRIES = ['AT', 'DE', 'CH', 'IT', 'HU']
const HANDSHAKE = 10_000

/** A simulated SolMate: says only what has changed, connects again when it is cut off, and does as it is told. */
export class Device {
    readonly serial: string
    readonly parameters = new Map<string, unknown>()
    readonly line: Line
    readonly #options: DeviceOptions
    readonly #listener: DeviceListener
    readonly #chance: () => number
    readonly #values = new Map<string, () => number>()
    #id = 0
    #socket: WebSocket | undefined
    #cancel = () => {}
    #stopped = false

    constructor(options: DeviceOptions, listener: DeviceListener) {
        this.serial = options.serial
        this.#options = options
        this.#listener = listener
        this.#chance = numbers(options.seed)
        this.line = new Line(options.faults, numbers(options.seed + 1), (text) => this.#send(text))
        for (const name of MEASURED) this.#values.set(name, values(options.shape, options.max, this.#chance))
        this.#invent()
    }

    get connected(): boolean {
        return this.#socket?.readyState === WebSocket.OPEN
    }

    connect(): void {
        if (this.#stopped) return
        const { url, token } = this.#options
        const headers = token ? { authorization: `Bearer ${token}` } : {}
        const socket = new WebSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: HANDSHAKE })
        this.#socket = socket
        socket.on('open', () => this.#begin())
        socket.on('message', (data) => this.#receive(data.toString()))
        socket.on('error', (error) => this.#stopped || this.#listener.trouble(this, error.message || 'no connection'))
        socket.on('close', (code) => this.#lost(code))
    }

    /** Is connected after `ms`, so that many do not come at the same moment. */
    connectLater(ms: number): void {
        this.#cancel = systemClock.after(ms, () => this.connect())
    }

    /** Takes new values, and says those that are different from before. */
    change(set: Record<string, unknown>): void {
        const changed = Object.entries(set).filter(([name, value]) => this.parameters.get(name) !== value)
        for (const [name, value] of changed) this.parameters.set(name, value)
        if (changed.length > 0) this.#say('UPDT', Object.fromEntries(changed))
    }

    /** Cuts its connection without a goodbye; it comes back by itself. */
    cut(): void {
        this.#socket?.terminate()
    }

    stop(): void {
        this.#stopped = true
        this.#cancel()
        if (this.connected) this.#socket?.close(1000)
        else this.#socket?.terminate()
    }

    #invent(): void {
        const { serial } = this
        const pick = (n: number) => Math.floor(this.#chance() * n)
        const country = COUNTRIES[pick(COUNTRIES.length)]
        this.parameters.set('serial_number', serial).set('solmate_version', `v${1 + pick(2)}`)
        this.parameters.set('software_version', `v${1 + pick(9)}.${pick(10)}`).set('country', country)
        this.parameters.set('postcode', 1000 + pick(9000)).set('capacity', 5_184_000)
        for (const [name, next] of this.#values) this.parameters.set(name, next())
        this.parameters
            .set('local_time', null)
            .set('charging', false)
            .set('injecting', false)
            .set('pv_connectors', 1 + pick(2))
    }

    #begin(): void {
        this.#listener.connected(this)
        if (this.#options.start === 'init') this.#say('INIT', this.#everything())
        else
            this.#say(
                'UPDT',
                Object.fromEntries(
                    [...MEASURED, 'software_version', 'country', 'postcode'].map((name) => [name, this.parameters.get(name)]),
                ),
            )
        this.#wait()
    }

    /** As the attributes of its object are called: those that are watched have an underscore. */
    #everything(): Record<string, unknown> {
        const plain = ['serial_number', 'solmate_version', 'charging', 'injecting', 'pv_connectors']
        return Object.fromEntries(Array.from(this.parameters, ([name, value]) => [plain.includes(name) ? name : `_${name}`, value]))
    }

    #wait(): void {
        const { minInterval, maxInterval } = this.#options
        const ms = 1000 * (minInterval + this.#chance() * (maxInterval - minInterval))
        this.#cancel()
        this.#cancel = systemClock.after(ms, () => {
            this.#measure()
            this.#wait()
        })
    }

    #measure(): void {
        const name = MEASURED[Math.floor(this.#chance() * (MEASURED.length + 1))]
        if (name === undefined) return void this.change({ local_time: localTime(systemClock.now()) })
        this.change({ [name]: this.#values.get(name)?.() })
    }

    #say(type: 'INIT' | 'UPDT', set: Record<string, unknown>): void {
        const id = String(this.#id).padStart(4, '0')
        this.#id = (this.#id + 1) % 10_000
        this.line.put(JSON.stringify({ type, message: `${id}:${this.serial}:${JSON.stringify(set)}` }))
    }

    #send(text: string): void {
        if (!this.connected) return
        this.#socket?.send(text)
        this.#listener.sent(this, text)
    }

    #receive(text: string): void {
        const { type, message } = read(text)
        const [, id = '', serial = '', body = ''] = /^(\d{4}):(.+?):(\{.*|[^:]*$)/s.exec(String(message)) ?? []
        if (id === '') return
        if (type === 'INFO') return void this.#listener.answered(this, { id, ok: body === 'OK' })
        const { serial_number: _, ...set } = read(body)
        if (serial !== this.serial) return void this.#listener.heard(this, serial, set)
        this.#listener.told(this, set)
        for (const [name, value] of Object.entries(set)) this.parameters.set(name, value)
        // Also what was so before: whoever asked for it waits for the confirmation.
        this.#say('UPDT', set)
    }

    #lost(code: number): void {
        this.#socket = undefined
        this.#listener.disconnected(this, code)
        this.#cancel()
        if (!this.#stopped) this.connectLater(this.#options.reconnect)
    }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** An object as JSON; what is none has nothing in it. */
function read(text: string): Record<string, unknown> {
    try {
        const value: unknown = JSON.parse(text)
        return isObject(value) ? value : {}
    } catch {
        return {}
    }
}

/** `2026-03-17 14:59:13.047`, local time without a zone. */
function localTime(ms: number): string {
    const at = new Date(ms)
    return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 23).replace('T', ' ')
}
