import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import { WebSocket } from 'ws'
import deviceHistory from '../../nodes/device-history/runtime.ts'
import deviceQuery from '../../nodes/device-query/runtime.ts'
import deviceState from '../../nodes/device-state/runtime.ts'
import deviceView from '../../nodes/device-view/runtime.ts'
import endpoint from '../../nodes/device-ws-endpoint/runtime.ts'
import deviceIn from '../../nodes/device-ws-in/runtime.ts'
import deviceOut from '../../nodes/device-ws-out/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import { Page } from '../src/views/page.ts'

export type Message = Record<string, any>

/** A viewer on a real connection, and what it was sent. */
class Client {
    readonly socket: WebSocket
    readonly frames: Message[] = []
    readonly page = new Page()

    constructor(path: string, subprotocols: string[] = [], headers = {}) {
        this.socket = new WebSocket(`${helper.url().replace('http', 'ws')}${path}`, subprotocols, { headers })
        this.socket.on('message', (data) => {
            const frame = JSON.parse(String(data))
            this.frames.push(frame)
            if (['snapshot', 'upsert', 'remove', 'move', 'count', 'columns'].includes(frame.kind)) this.page.take(frame)
        })
    }

    say(message: object): void {
        this.socket.send(JSON.stringify(message))
    }

    /** The next frame that fits, or one that came before, which is then taken away. */
    async hears(fits: (frame: Message) => boolean): Promise<Message> {
        for (;;) {
            const found = this.frames.findIndex(fits)
            if (found !== -1) return this.frames.splice(found, 1)[0]!
            await once(this.socket, 'message', { signal: AbortSignal.timeout(30_000) })
        }
    }

    async sees(order: string[]): Promise<void> {
        while (JSON.stringify(this.page.order) !== JSON.stringify(order))
            await once(this.socket, 'message', { signal: AbortSignal.timeout(30_000) })
    }
}

/** A flow with the node `n` that asks a fleet, viewers and devices around it; to be called within a `describe`. */
export function fleetFlow() {
    const clients = new Set<Client>()
    beforeEach(() => helper.startServer())
    afterEach(async () => {
        for (const { socket } of clients) socket.terminate()
        clients.clear()
        await helper.unload()
        await helper.stopServer()
    })

    const load = async (room: string, { query = {}, viewers = {} }: { query?: object; viewers?: object } = {}) => {
        const node = (id: string, type: string, more: object) => ({ id, type: `socketworks-${type}`, ...more })
        const on = (id: string, type: string, more: object) => node(id, type, { z: 'tab', ...more })
        const flow = [
            { id: 'tab', type: 'tab' },
            node('store', 'store-config', { kind: 'memory' }),
            node('viewers', 'device-ws-endpoint', { path: '/client/', protocol: 'json', ...viewers }),
            node('devices', 'device-ws-endpoint', { path: '/update/', protocol: 'json' }),
            on('state', 'device-state', { store: 'store', register: true, history: true, wires: [['changed'], ['refused'], ['stored']] }),
            on('in', 'device-ws-in', { endpoint: 'viewers', wires: [['n'], ['n'], ['n']] }),
            on('n', room, { store: 'store', endpoint: 'viewers', ...query, wires: [['done', 'set'], ['refused']] }),
            {
                id: 'set',
                z: 'tab',
                type: 'switch',
                property: 'event',
                propertyType: 'msg',
                rules: [{ t: 'eq', v: 'set', vt: 'str' }],
                outputs: 1,
                wires: [['out']],
            },
            on('out', 'device-ws-out', { endpoint: 'devices', to: 'peers', peer: 'topic', wires: [[], ['back']] }),
            { id: 'back', z: 'tab', type: 'change', rules: [], wires: [['n']] },
            ...['changed', 'stored', 'done', 'refused'].map((id) => ({ id, z: 'tab', type: 'helper' })),
        ]
        const core = ['switch', 'change'].map((name) => require10(name))
        await helper.load(
            [
                ...(await Promise.all(core)),
                ...[storeConfig, endpoint, deviceIn, deviceOut, deviceState, deviceQuery, deviceHistory, deviceView],
            ] as never,
            flow as never,
        )
    }
    const require10 = async (name: string) => {
        const folder = name === 'switch' ? '10-switch' : '15-change'
        return (await import(`@node-red/nodes/core/function/${folder}.js`)).default
    }
    const client = async (subprotocols: string[] = [], headers = {}) => {
        const made = new Client('/client/', subprotocols, headers)
        clients.add(made)
        await once(made.socket, 'open')
        return made
    }
    const update = async (id: string, set: object, account?: string) => {
        const stored = once(helper.getNode('stored'), 'input')
        helper.getNode('state').receive({ payload: { id, set }, ...(account && { peer: { account } }) } as never)
        await stored
    }
    const give = async (msg: object, end = 'done'): Promise<Message> => {
        const heard = once(helper.getNode(end), 'input', { signal: AbortSignal.timeout(30_000) })
        helper.getNode('n').receive(msg as never)
        return (await heard)[0]
    }
    return { load, client, update, give }
}
