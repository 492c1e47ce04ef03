import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Node, NodeAPI } from 'node-red'
import helper from 'node-red-node-test-helper'
import brokerConfig from '../../nodes/broker-config/runtime.ts'
import emergencyStop from '../../nodes/emergency-stop/runtime.ts'
import energyPrice from '../../nodes/energy-price/runtime.ts'
import energyReport from '../../nodes/energy-report/runtime.ts'
import eventStream from '../../nodes/event-stream/runtime.ts'
import instance from '../../nodes/instance/runtime.ts'
import powerMonitor from '../../nodes/power-monitor/runtime.ts'
import recover from '../../nodes/recover/runtime.ts'
import type { SocketNode } from '../../nodes/socket-config/client.ts'
import socketConfig from '../../nodes/socket-config/runtime.ts'
import socketStatus from '../../nodes/socket-status/runtime.ts'
import startInstance from '../../nodes/start-instance/runtime.ts'
import stopInstance from '../../nodes/stop-instance/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import thermostat from '../../nodes/thermostat/runtime.ts'
import { Plug, type PlugOptions } from '../../simulators/plug/plug.ts'
import type { SocketClient } from '../../src/power/index.ts'
import { until } from './bench.ts'
import { startAedes, type TestBroker } from './broker.ts'
import { json } from './pack.ts'

const runtimes = {
    ...{ 'broker-config': brokerConfig, 'store-config': storeConfig, 'socket-config': socketConfig },
    ...{ 'start-instance': startInstance, 'stop-instance': stopInstance, 'emergency-stop': emergencyStop, recover },
    ...{
        'power-monitor': powerMonitor,
        instance,
        'socket-status': socketStatus,
        'energy-price': energyPrice,
        'energy-report': energyReport,
        'event-stream': eventStream,
        thermostat,
    },
}

export type Room = keyof typeof runtimes
/** Whatever a flow may hold. */
export type Message = Record<string, any>
/** How a message came out of a node: by an output, from 1, or as an error for a Catch node. */
export type Way = 1 | 2 | 3 | 4 | 5 | 6 | 'caught'
export interface Outcome {
    way: Way
    msg: Message
}
export interface Shown {
    fill?: string
    shape?: string
    text: string
}

export interface FlowOptions {
    /** Of the node under test, which is `n`, unless there are several by their ids. */
    settings?: object
    /** Of the socket `s`; null leaves it out. */
    socket?: object | null
    store?: object
    broker?: object
    plug?: PlugOptions
    /** Further nodes. */
    more?: object[]
    /** Variables of the flow. */
    env?: object[]
    /** Does not wait until the socket has heard of the plug. */
    hasty?: boolean
}

/** A Node-RED in this process with a store, a broker, a plug, a socket on them, and a node under test. */
export class Flow {
    readonly mqtt: TestBroker
    readonly plug: Plug
    /** What came out of `n`, in order. */
    readonly outcomes: Outcome[] = []
    /** What a Complete node heard of the nodes under test. */
    readonly completed: Message[] = []
    /** What a Catch node heard of the configuration nodes. */
    readonly reported: Message[] = []
    /** What the editor was told to show, of all nodes. */
    readonly shown: { node: string; status: Shown }[] = []
    readonly #room: Room
    readonly #options: FlowOptions
    #loaded = false
    #closed = false

    private constructor(mqtt: TestBroker, plug: Plug, room: Room, options: FlowOptions) {
        this.mqtt = mqtt
        this.plug = plug
        this.#room = room
        this.#options = options
    }

    static async open(room: Room, options: FlowOptions = {}): Promise<Flow> {
        const mqtt = await startAedes()
        const plug = await Plug.connect({ url: mqtt.url, ...options.plug })
        await helper.startServer()
        const flow = new Flow(mqtt, plug, room, options)
        await flow.load()
        return flow
    }

    /** Resolves once the socket, if it is ready, has heard of the plug. */
    async load(changes: FlowOptions = {}): Promise<void> {
        const flow = this.#nodes({ ...this.#options, ...changes })
        const sets = Object.entries(runtimes).map(
            ([room, runtime]) =>
                (RED: NodeAPI) =>
                    runtime(speaking(RED, room)),
        )
        await helper.load([...sets, (RED: NodeAPI) => this.#watch(RED)], flow)
        this.#loaded = true
        this.#listen()
        const { socket } = this
        if (socket && !this.#options.hasty) await until(socket, () => socket.view.power !== 'unknown')
    }

    async unload(): Promise<void> {
        if (this.#loaded) await helper.unload()
        this.#loaded = false
        this.#unwatch()
    }

    /** Stops everything and starts it anew, as a full deploy does. */
    async redeploy(changes: FlowOptions = {}): Promise<void> {
        await this.unload()
        await this.load(changes)
    }

    async close(): Promise<void> {
        if (this.#closed) return
        this.#closed = true
        await this.unload()
        await helper.stopServer()
        await this.plug.close()
        await this.mqtt.close()
    }

    /** Undefined if it is not ready. */
    get socket(): SocketClient | undefined {
        return (helper.getNode('s') as SocketNode | undefined)?.socket
    }

    node(id = 'n'): Node {
        return helper.getNode(id)
    }

    /** Gives a message to a node under test, and waits for how it comes out, and for its completion unless it fails. One at a time. */
    async give(msg: object, id = 'n'): Promise<Outcome> {
        const [before, complete] = [this.outcomes.length, this.completed.length]
        this.node(id).receive(msg as never)
        await this.#heard(() => this.outcomes.length > before)
        const outcome = this.outcomes[before]!
        if (outcome.way !== 'caught') await this.#heard(() => this.completed.length > complete)
        return outcome
    }

    /** As {@link give}, for a message that is to leave by output 1 with 200. */
    async done(msg: object, id = 'n'): Promise<Message> {
        const { way, msg: out } = await this.give(msg, id)
        assert.deepEqual([way, out.statusCode], [1, 200], JSON.stringify(out.error ?? out.payload))
        return out
    }

    /** As {@link give}, for a message that is to be refused so, with a body that says why. */
    async refused(msg: object, status: number, code: string, id = 'n'): Promise<Message> {
        const { way, msg: out } = await this.give(msg, id)
        assert.deepEqual([way, out.statusCode, out.refusal?.code], [2, status, code], JSON.stringify(out.payload ?? out.error))
        assert.equal(typeof out.payload.message, 'string')
        return out
    }

    /** As {@link give}, for a message that is to end at a Catch node with this code. */
    async caught(msg: object, code: string, id = 'n'): Promise<Message> {
        const { way, msg: out } = await this.give(msg, id)
        assert.deepEqual([way, out.error?.code], ['caught', code], JSON.stringify(out.payload))
        return out
    }

    /** The next message by an output that fits, or one that came before. */
    async arrives(way: Way, fits: (msg: Message) => boolean = () => true): Promise<Message> {
        const find = () => this.outcomes.find((outcome) => outcome.way === way && fits(outcome.msg))
        await this.#heard(() => find() !== undefined)
        return find()!.msg
    }

    /** The last status of a node. */
    status(id = 'n'): Shown | undefined {
        return this.shown.findLast((shown) => shown.node === id)?.status
    }

    /** Resolves once a node's last status is as wanted: its colour and its text. */
    async shows(fill: string, text: string | RegExp, id = 'n'): Promise<void> {
        const fits = () => {
            const status = this.status(id)
            return status?.fill === fill && (typeof text === 'string' ? status.text === text : text.test(status.text))
        }
        await this.#heard(fits)
    }

    /** How often the plug was told to switch to this. */
    told(payload: 'ON' | 'OFF'): number {
        return this.plug.commands.filter((command) => /POWER\d*$/.test(command.topic) && command.payload === payload).length
    }

    /** Resolves once the plug's relay is as wanted. */
    async relay(on: boolean): Promise<void> {
        while (this.plug.relays[0] !== on) await once(this.plug, 'relay')
    }

    readonly #ears = new Set<() => void>()

    #heard(holds: () => boolean): Promise<void> {
        if (holds()) return Promise.resolve()
        return new Promise<void>((resolve) => {
            const ear = () => {
                if (!holds()) return
                this.#ears.delete(ear)
                resolve()
            }
            this.#ears.add(ear)
        })
    }

    #tell(): void {
        for (const ear of this.#ears) ear()
    }

    #unwatch: () => void = () => {}

    #watch({ events }: NodeAPI): void {
        const show = ({ id, status }: { id: string; status: Shown }) => {
            this.shown.push({ node: id, status })
            this.#tell()
        }
        events.on('node-status', show)
        this.#unwatch = () => events.off('node-status', show)
    }

    #listen(): void {
        const hear = (id: string, take: (msg: Message) => void) =>
            this.node(id).on('input', (msg) => {
                take(msg as Message)
                this.#tell()
            })
        for (const way of [1, 2, 3, 4, 5, 6] as const) hear(`way-${way}`, (msg) => this.outcomes.push({ way, msg }))
        // Configuration nodes report to the flows of their users, too.
        hear('way-caught', (msg) => {
            if (['st', 'b', 's'].includes(msg.error.source.id)) this.reported.push(msg)
            else this.outcomes.push({ way: 'caught', msg })
        })
        hear('completed', (msg) => this.completed.push(msg))
    }

    #nodes({ settings = {}, socket = {}, store = {}, broker = {}, more = [], env = [] }: FlowOptions): object[] {
        const z = 'tab'
        const helpers = [...[1, 2, 3, 4, 5, 6].map((way) => `way-${way}`), 'way-caught', 'completed']
        const wires = [1, 2, 3, 4, 5, 6].map((way) => [`way-${way}`])
        // Node-RED takes what has no place on the canvas for a configuration node.
        const [x, y] = [0, 0]
        const shared = { z, x, y, wires, socket: 's' }
        return [
            { id: z, type: 'tab', env },
            { id: 'st', z, type: 'socketworks-store-config', kind: 'memory', ...store },
            { id: 'b', z, type: 'socketworks-broker-config', host: '127.0.0.1', port: String(this.mqtt.port), ...broker },
            ...(socket === null
                ? []
                : [{ id: 's', z, type: 'socketworks-socket-config', name: 'heater', store: 'st', broker: 'b', confirm: '10', ...socket }]),
            { id: 'n', type: `socketworks-${this.#room}`, ...shared, ...settings },
            ...more.map((node) => (Reflect.get(node, 'type').endsWith('-config') ? { z, ...node } : { ...shared, ...node })),
            { id: 'catching', z, x, y, type: 'catch', scope: null, wires: [['way-caught']] },
            {
                id: 'completing',
                z,
                x,
                y,
                type: 'complete',
                scope: ['n', ...more.map((node) => Reflect.get(node, 'id'))],
                wires: [['completed']],
            },
            ...helpers.map((id) => ({ id, z, x, y, type: 'helper' })),
        ]
    }
}

/** The test helper's `RED._` gives keys back. A text with data is what a user reads, so this one fills it in. */
function speaking(RED: NodeAPI, room: string): NodeAPI {
    const catalogue = { ...json(`nodes/${room}/en-US.json`), common: json('locales/en-US/common.json') }
    const _ = (key: string, data: Record<string, unknown> = {}) => {
        const textOf = (path: string): unknown => path.split('.').reduce((at, part) => at?.[part], catalogue)
        const text = (data.count === 1 && textOf(`${key}_one`)) || textOf(key)
        return String(text ?? key).replace(/__(\w+)__/g, (_all, name) => String(data[name]))
    }
    return Object.assign(Object.create(RED) as NodeAPI, { _ })
}
