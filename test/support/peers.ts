import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { NodeAPI, NodeMessage } from 'node-red'
import helper from 'node-red-node-test-helper'
import { type ClientOptions, WebSocket } from 'ws'
import brokerConfig from '../../nodes/broker-config/runtime.ts'
import type { EndpointNode } from '../../nodes/device-ws-endpoint/client.ts'
import endpoint from '../../nodes/device-ws-endpoint/runtime.ts'
import wsIn from '../../nodes/device-ws-in/runtime.ts'
import wsOut from '../../nodes/device-ws-out/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'

export type Message = Record<string, any>

const require = createRequire(import.meta.url)
const core = ['network/22-websocket', 'common/25-catch', 'common/24-complete'].map((file) => require(`@node-red/nodes/core/${file}.js`))

/**
 * A Node-RED in this process with an endpoint `e` on its server at `/devices`, `in` and `out` on that, a store `st`, and helpers that hear what
 * comes out: `message`, `connected`, `disconnected`, `unreadable`, `done`, `refused`, `caught`, and `completed`.
 */
export class Peers {
    readonly #heard = new Map<string, Message[]>()
    readonly #shown = new Map<string, { fill?: string; text?: string }>()
    #unwatch = () => {}
    readonly #ears = new Set<() => void>()
    readonly #clients = new Set<WebSocket>()
    readonly #further: readonly unknown[]

    /** @param further nodes that flows may have */
    constructor(further: readonly unknown[] = []) {
        this.#further = further
    }

    async load(
        settings: { endpoint?: object; out?: object; store?: object; more?: object[] } = {},
        credentials: object = {},
    ): Promise<void> {
        const z = 'tab'
        const helpers = ['message', 'connected', 'disconnected', 'unreadable', 'done', 'refused', 'caught', 'completed']
        const flow = [
            { id: z, type: 'tab' },
            { id: 'st', type: 'socketworks-store-config', kind: 'memory', ...settings.store },
            { id: 'e', z, type: 'socketworks-device-ws-endpoint', name: '', path: '/devices', ...settings.endpoint },
            {
                id: 'in',
                z,
                type: 'socketworks-device-ws-in',
                endpoint: 'e',
                wires: [['message'], ['connected'], ['disconnected'], ['unreadable']],
            },
            {
                id: 'out',
                z,
                type: 'socketworks-device-ws-out',
                endpoint: 'e',
                store: 'st',
                ...settings.out,
                wires: [['done'], ['refused']],
            },
            { id: 'any-catch', z, type: 'catch', scope: null, wires: [['caught']] },
            { id: 'any-complete', z, type: 'complete', scope: ['out'], wires: [['completed']] },
            ...helpers.map((id) => ({ id, z, type: 'helper' })),
            ...(settings.more ?? []).map((node) => ({ z, ...node })),
        ]
        this.#heard.clear()
        const sets = [(RED: NodeAPI) => this.#watch(RED), ...core, storeConfig, brokerConfig, endpoint, wsIn, wsOut, ...this.#further]
        await helper.load(sets as never, flow as never, { e: credentials } as never)
        const further = (settings.more ?? []).flatMap((node) =>
            Reflect.get(node, 'type') === 'helper' ? [String(Reflect.get(node, 'id'))] : [],
        )
        for (const id of [...helpers, ...further])
            helper.getNode(id).on('input', (msg) => {
                this.heard(id).push(msg as Message)
                this.#tell()
            })
    }

    /** Statuses come before anybody could listen to a node. */
    #watch({ events }: NodeAPI): void {
        const show = ({ id, status }: { id: string; status: { fill?: string; text?: string } }) => {
            this.#shown.set(id, status)
            this.#tell()
        }
        events.on('node-status', show)
        this.#unwatch = () => events.off('node-status', show)
    }

    #tell(): void {
        for (const ear of this.#ears) ear()
    }

    async unload(): Promise<void> {
        for (const client of this.#clients) client.terminate()
        this.#clients.clear()
        await helper.unload()
        this.#unwatch()
        this.#shown.clear()
    }

    heard(id: string): Message[] {
        const all = this.#heard.get(id) ?? []
        this.#heard.set(id, all)
        return all
    }

    /** Resolves with a message that came out there and is like that. */
    async find(id: string, isMeant: (message: Message) => boolean): Promise<Message> {
        await this.#until(() => this.heard(id).some(isMeant))
        return this.heard(id).find(isMeant)!
    }

    /** Resolves once so many messages came out there, with the last of them. */
    async next(id: string, count = 1): Promise<Message> {
        await this.#until(() => this.heard(id).length >= count)
        return this.heard(id)[count - 1]!
    }

    /** Resolves once a node's last status is as wanted. */
    async shows(node: string, fill: string, text: string | RegExp): Promise<void> {
        const fits = () => {
            const { fill: color, text: words = '' } = this.#shown.get(node) ?? {}
            return color === fill && (typeof text === 'string' ? words === text : text.test(words))
        }
        await this.#until(fits)
    }

    async #until(holds: () => boolean): Promise<void> {
        while (!holds())
            await new Promise<void>((resolve) => {
                const ear = () => {
                    this.#ears.delete(ear)
                    resolve()
                }
                this.#ears.add(ear)
            })
    }

    give(msg: object, id = 'out'): void {
        helper.getNode(id).receive(msg as NodeMessage)
    }

    get endpoint(): EndpointNode {
        return helper.getNode('e') as unknown as EndpointNode
    }

    url(path = '/devices'): string {
        return `${helper.url().replace('http', 'ws')}${path}`
    }

    /** A client that is in, and what it hears. */
    async connect(
        path = '/devices',
        options: ClientOptions = {},
        subprotocols: string[] = [],
    ): Promise<{ client: WebSocket; got: string[] }> {
        const client = new WebSocket(this.url(path), subprotocols, options)
        this.#clients.add(client)
        const got: string[] = []
        client.on('message', (data) => {
            got.push(String(data))
            this.#tell()
        })
        await once(client, 'open')
        return { client, got }
    }

    /** Resolves once a client has heard so much. */
    async gets(got: string[], count: number): Promise<string[]> {
        await this.#until(() => got.length >= count)
        return got
    }
}
