import { randomUUID } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import { Plug, type PlugOptions } from '../../simulators/plug/plug.ts'
import { systemClock } from '../../src/lib/index.ts'
import { type Broker, connectBroker } from '../../src/mqtt/index.ts'
import { Tasmota } from '../../src/power/families/tasmota/tasmota.ts'
import { Socket, type SocketClient, type SocketEvent, type SocketOptions } from '../../src/power/index.ts'
import { openStore, type Store } from '../../src/stores.ts'
import { startAedes, type TestBroker } from './broker.ts'

export interface BenchOptions
    extends Partial<Pick<SocketOptions, 'confirm' | 'interval' | 'idleInterval' | 'offGuard' | 'id' | 'handover' | 'sharing' | 'tariff'>> {
    plug?: PlugOptions
    relay?: number
    groups?: string[]
    file?: string
    /** Of a PostgreSQL server, instead. */
    url?: string
}

/** One run of a socket: what is gone when its process ends. */
export interface Process {
    socket: Socket
    store: Store
    broker: Broker
    warnings: string[]
    /** Ends it without a word to the plug or the store's contents, as a kill would. */
    end(reason?: Error): Promise<void>
}

/** A real broker, a simulated plug, a real store and a socket on them. */
export class Bench {
    readonly mqtt: TestBroker
    readonly plug: Plug
    readonly #options: BenchOptions
    readonly #processes = new Set<Process>()

    private constructor(mqtt: TestBroker, plug: Plug, options: BenchOptions) {
        this.mqtt = mqtt
        this.plug = plug
        this.#options = options
    }

    static async open(options: BenchOptions = {}): Promise<Bench> {
        const mqtt = await startAedes()
        const plug = await Plug.connect({ url: mqtt.url, ...options.plug })
        return new Bench(mqtt, plug, options)
    }

    /** Starts a process and waits until the plug was heard of. */
    async start(options: BenchOptions = {}): Promise<Process> {
        const process = this.begin(options)
        await until(process.socket, () => process.socket.view.power !== 'unknown')
        return process
    }

    /** Starts a process and waits for nothing but the store. */
    begin(options: BenchOptions = {}): Process {
        const o = { ...this.#options, ...options }
        const ending = new AbortController()
        setMaxListeners(0, ending.signal)
        const warnings: string[] = []
        const log = (...words: string[]) => void warnings.push(words.join(' '))
        const store = openStore({ file: o.file ?? ':memory:', ...(o.url && { url: o.url }), retentionDays: 0, clock: systemClock, log })
        const broker = connectBroker({
            protocol: 'mqtt',
            host: '127.0.0.1',
            port: this.mqtt.port,
            path: '',
            clientId: '',
            version: '3.1.1',
            log,
        })
        const socket = new Socket({
            id: o.id ?? 's1',
            name: 'heater',
            store,
            broker,
            family: familyOf(o),
            clock: systemClock,
            newId: randomUUID,
            log,
            confirm: o.confirm ?? 10_000,
            interval: o.interval ?? 5000,
            idleInterval: o.idleInterval ?? 0,
            offGuard: o.offGuard ?? false,
            ...(o.handover && { handover: o.handover }),
            ...(o.sharing && { sharing: o.sharing }),
            ...(o.tariff && { tariff: o.tariff }),
            signal: ending.signal,
        })
        const process: Process = {
            socket,
            store,
            broker,
            warnings,
            end: async (reason) => {
                this.#processes.delete(process)
                ending.abort(reason)
                await broker.close()
                await store.close()
            },
        }
        this.#processes.add(process)
        return process
    }

    /** How often the plug was told to switch to this. */
    told(payload: 'ON' | 'OFF'): number {
        return this.plug.commands.filter((command) => /POWER\d*$/.test(command.topic) && command.payload === payload).length
    }

    /** Resolves once the plug's relay is as wanted. */
    async relay(on: boolean, relay = 1): Promise<void> {
        while (this.plug.relays[relay - 1] !== on) await once(this.plug, 'relay')
    }

    async close(): Promise<void> {
        for (const process of this.#processes) await process.end()
        await this.plug.close()
        await this.mqtt.close()
    }
}

/** For a plug of these options. */
function familyOf({ plug = {}, relay = 1, groups }: BenchOptions): Tasmota {
    const { fullTopic = '%prefix%/%topic%/', prefixes, id, hostname } = plug
    return new Tasmota({ topic: 'smart-socket', fullTopic, relay, prefixes, id, hostname, groups })
}

/** Resolves once the socket shows what is wanted. */
export function until(socket: Socket | SocketClient, holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    const listening = new AbortController()
    return new Promise<void>((resolve) => {
        heardOf(socket).onView(() => holds() && resolve(), listening.signal)
    }).finally(() => listening.abort())
}

const heardOf = (socket: Socket | SocketClient) => ('events' in socket ? socket.events : socket)

/** The next event of a kind. */
export function next<K extends SocketEvent['kind']>(socket: Socket | SocketClient, kind: K): Promise<Of<K>> {
    const listening = new AbortController()
    return new Promise<Of<K>>((resolve) => {
        heardOf(socket).onEvent((event) => {
            if (event.kind === kind) resolve(event as Of<K>)
        }, listening.signal)
    }).finally(() => listening.abort())
}

type Of<K extends SocketEvent['kind']> = SocketEvent extends infer E
    ? E extends { kind: infer Kinds }
        ? K extends Kinds
            ? E
            : never
        : never
    : never
