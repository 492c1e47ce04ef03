import { execute } from '../../simulators/plug/commands.ts'
import { defaults, Tasmota as Inside } from '../../simulators/plug/tasmota.ts'
import type { BrokerState } from '../../src/mqtt/broker.ts'
import type { Broker, Message } from '../../src/mqtt/index.ts'
import { Tasmota } from '../../src/power/families/tasmota/tasmota.ts'
import { type InstanceRow, type PowerChange, type PowerRepository, type Reading, Socket, type SocketRow } from '../../src/power/index.ts'
import { FakeClock } from './fake-clock.ts'

/** What goes wrong between a socket and its plug, each as a chance from 0 to 1, and in milliseconds. */
export interface Weather {
    lost: number
    doubled: number
    /** How long the plug takes for each command, one after the other. */
    pace: number
    /** How much later an answer may come, those behind it waiting. */
    late: number
}

const fair: Weather = { lost: 0, doubled: 0, pace: 1, late: 0 }

/** A plug on the fake clock that does one command after the other; what it says arrives in the order in which it was said. */
export class SlowPlug {
    readonly #world: World
    readonly #inside: Inside
    readonly #inbox: { leaf: string; payload: string }[] = []
    #busy = false
    #arrives = 0
    online = true
    /** When its relay was last on, and last off; now, if it is. */
    #turnedAt = { on: Number.NEGATIVE_INFINITY, off: Number.NEGATIVE_INFINITY }

    constructor(world: World) {
        this.#world = world
        this.#inside = new Inside(
            { ...defaults, topic: 'plug', curve: 'idle', telePeriod: 0 },
            {
                clock: world.clock,
                say: (prefix, leaf, payload) => this.#say(`${prefix}/plug/${leaf}`, payload),
                switched: (_, on) => {
                    this.#turnedAt[on ? 'off' : 'on'] = world.clock.now()
                },
            },
        )
    }

    get on(): boolean {
        return this.#inside.relays[0]!
    }

    /** Whether it was so at some time since. */
    was(on: boolean, since: number): boolean {
        return this.on === on || this.#turnedAt[on ? 'on' : 'off'] >= since
    }

    /** Whether an ON has yet to be done. */
    get hasOnAhead(): boolean {
        return this.#inbox.some(({ leaf, payload }) => leaf === 'POWER' && payload === 'ON')
    }

    /** Whether the last that it has yet to do is this. */
    willBe(on: boolean): boolean {
        return this.#inbox.findLast(({ leaf }) => leaf === 'POWER')?.payload === (on ? 'ON' : 'OFF')
    }

    take(leaf: string, payload: string): void {
        if (!this.online || this.#world.chance('lost')) return
        this.#inbox.push({ leaf, payload })
        if (!this.#busy) this.#next()
    }

    /** Loses its connection, with all that is on its way to it. */
    away(): void {
        this.online = false
        this.#inbox.length = 0
        this.#world.keep('Offline')
    }

    back(): void {
        if (this.online) return
        this.online = true
        this.#world.keep('Online')
    }

    press(): void {
        this.#inside.switch(0, !this.on, 'button')
    }

    #next(): void {
        this.#busy = true
        this.#world.clock.after(this.#world.weather.pace, () => {
            const command = this.#inbox.shift()
            this.#busy = false
            if (command) execute(this.#inside, command.leaf, command.payload)
            if (this.#inbox.length > 0) this.#next()
        })
    }

    #say(topic: string, payload: string): void {
        if (!this.online) return
        const { clock, weather } = this.#world
        for (let n = this.#world.chance('doubled') ? 2 : 1; n > 0; n--) {
            if (this.#world.chance('lost')) continue
            this.#arrives = Math.max(this.#arrives, clock.now() + Math.floor(this.#world.random() * weather.late))
            clock.after(this.#arrives - clock.now(), () => this.#world.deliver(topic, payload, false))
        }
    }
}

/** Remembers as the store does, for as long as the world lasts. */
class Memory implements PowerRepository {
    row: SocketRow | undefined
    readonly rows = new Map<string, InstanceRow>()
    socket = async () => this.row && { ...this.row }
    running = async () => [...this.rows.values()].filter((row) => row.stoppedAt === null).map((row) => ({ ...row }))
    instance = async (id: string) => this.rows.get(id)
    instances = async () => []
    hold = () => () => {}
    onAnother = () => {}
    events = async () => []
    addSample = async () => {}
    addMeter = async () => {}
    meter = async () => undefined

    async *samples(): AsyncIterable<Reading[]> {}

    commit(_: string, { socket, stopped, started }: PowerChange): Promise<void> {
        if (socket) this.row = { ...socket }
        for (const row of this.rows.values()) {
            if (!stopped || row.stoppedAt !== null || (stopped.ids && !stopped.ids.includes(row.id))) continue
            row.stoppedAt = stopped.at
        }
        if (started) this.rows.set(started.id, { ...started })
        return Promise.resolve()
    }
}

/** A socket, a broker and one plug or two on the fake clock. */
export class World {
    readonly clock = new FakeClock()
    readonly random: () => number
    readonly plugs: SlowPlug[]
    readonly memory = new Memory()
    readonly said: string[] = []
    weather = fair
    socket!: Socket
    #ending = new AbortController()
    #ids = 0
    #startedAt = 0
    #will = 'Online'
    #state: BrokerState = 'connected'
    #hear: ((message: Message) => void) | undefined
    #changed: ((state: BrokerState) => void) | undefined
    #waiting: (() => void)[] = []

    constructor(random: () => number, plugs: number) {
        this.random = random
        this.plugs = Array.from({ length: plugs }, () => new SlowPlug(this))
        this.restart()
    }

    chance(of: 'lost' | 'doubled'): boolean {
        return this.random() < this.weather[of]
    }

    calm(): void {
        this.weather = fair
    }

    /** How long the process has run, in milliseconds. */
    get age(): number {
        return this.clock.now() - this.#startedAt
    }

    /** Ends the process and starts another one on the same store. */
    restart(): void {
        this.#ending.abort(new Error('restart'))
        this.#ending = new AbortController()
        this.#waiting = []
        this.#startedAt = this.clock.now()
        this.socket = new Socket({
            id: 's1',
            name: 'heater',
            store: { power: this.memory, health: { ok: true }, onHealth: () => {}, ready: async () => {} },
            broker: this.#broker(),
            family: new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay: 1 }),
            clock: this.clock,
            newId: () => `i${++this.#ids}`,
            log: (text) => void this.said.push(text),
            confirm: 5000,
            interval: 30_000,
            idleInterval: 0,
            offGuard: false,
            signal: this.#ending.signal,
        })
        this.clock.after(2, () => this.deliver('tele/plug/LWT', this.#will, true))
    }

    end(): void {
        this.#ending.abort(new Error('end'))
    }

    drop(): void {
        this.#state = 'disconnected'
        this.#changed?.('disconnected')
    }

    reconnect(): void {
        if (this.#state === 'connected') return
        this.#state = 'connected'
        this.#changed?.('connected')
        for (const done of this.#waiting.splice(0)) done()
        this.clock.after(2, () => this.deliver('tele/plug/LWT', this.#will, true))
    }

    keep(will: string): void {
        this.#will = will
        this.clock.after(2, () => this.deliver('tele/plug/LWT', will, false))
    }

    deliver(topic: string, payload: string, retained: boolean): void {
        if (this.#state === 'connected') this.#hear?.({ topic, payload: Buffer.from(payload), retained })
    }

    #broker(): Broker {
        const state = () => this.#state
        return {
            get state() {
                return state()
            },
            reason: undefined,
            refusal: () => undefined,
            subscribe: (_, listener) => {
                this.#hear = listener
            },
            retained: () => {},
            subscribed: (signal) =>
                new Promise<void>((resolve, reject) => {
                    if (this.#state === 'connected') return resolve()
                    this.#waiting.push(resolve)
                    signal.addEventListener('abort', () => reject(signal.reason))
                }),
            publish: (topic, payload) => {
                const leaf = topic.slice('cmnd/plug/'.length)
                const slow = 1 + Math.floor(this.random() * 3)
                for (const plug of this.plugs) this.clock.after(slow, () => plug.take(leaf, payload))
            },
            answered: () => {},
            onState: (listener) => {
                this.#changed = listener
            },
            close: async () => {},
        }
    }
}
