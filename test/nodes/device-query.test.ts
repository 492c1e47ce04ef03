import assert from 'node:assert/strict'
import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import { WebSocket } from 'ws'
import deviceQuery from '../../nodes/device-query/runtime.ts'
import deviceState from '../../nodes/device-state/runtime.ts'
import endpoint from '../../nodes/device-ws-endpoint/runtime.ts'
import deviceIn from '../../nodes/device-ws-in/runtime.ts'
import deviceOut from '../../nodes/device-ws-out/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import { Page } from '../src/views/page.ts'

type Message = Record<string, any>

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
            await once(this.socket, 'message', { signal: AbortSignal.timeout(5000) })
        }
    }

    async sees(order: string[]): Promise<void> {
        while (JSON.stringify(this.page.order) !== JSON.stringify(order))
            await once(this.socket, 'message', { signal: AbortSignal.timeout(5000) })
    }
}

describe('device-query', () => {
    const clients = new Set<Client>()
    beforeEach(() => helper.startServer())
    afterEach(async () => {
        for (const { socket } of clients) socket.terminate()
        clients.clear()
        await helper.unload()
        await helper.stopServer()
    })

    const load = async ({ query = {}, viewers = {} }: { query?: object; viewers?: object } = {}) => {
        const node = (id: string, type: string, more: object) => ({ id, type: `socketworks-${type}`, ...more })
        const on = (id: string, type: string, more: object) => node(id, type, { z: 'tab', ...more })
        const flow = [
            { id: 'tab', type: 'tab' },
            node('store', 'store-config', { kind: 'memory' }),
            node('viewers', 'device-ws-endpoint', { path: '/client/', protocol: 'json', ...viewers }),
            node('devices', 'device-ws-endpoint', { path: '/update/', protocol: 'json' }),
            on('state', 'device-state', { store: 'store', register: true, history: true, wires: [['changed'], ['refused'], ['stored']] }),
            on('in', 'device-ws-in', { endpoint: 'viewers', wires: [['n'], ['n'], ['n']] }),
            on('n', 'device-query', { store: 'store', endpoint: 'viewers', ...query, wires: [['done', 'set'], ['refused']] }),
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
            [...(await Promise.all(core)), storeConfig, endpoint, deviceIn, deviceOut, deviceState, deviceQuery] as never,
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
        const heard = once(helper.getNode(end), 'input', { signal: AbortSignal.timeout(5000) })
        helper.getNode('n').receive(msg as never)
        return (await heard)[0]
    }

    describe('asked once', () => {
        it('answers with the devices that match, sorted and paged, and how many there are', async () => {
            await load()
            for (const [id, battery] of Object.entries({ a: 10, b: 30, c: 20, d: '25' })) await update(id, { battery })
            const payload = {
                filter: [{ property: 'battery', op: '>', value: '10' }],
                sort: [{ property: 'battery', direction: 'desc', as: 'number' }],
                limit: 2,
            }
            const out = await give({ payload, kept: 1 })
            assert.deepEqual([out.statusCode, out.kept, out.payload.total], [200, 1, 3])
            assert.deepEqual(
                out.payload.rows.map((row: Message) => [row.serial_number, row.battery]),
                [
                    ['b', 30],
                    ['d', '25'],
                ],
            )
            assert.match(out.payload.rows[0].last_status_update, /^\d{4}-.*Z$/)
            const inUrl = { filter: '[{"property":"battery","op":"=","value":20}]', offset: '0', limit: '10' }
            assert.deepEqual(
                (await give({ payload: inUrl })).payload.rows.map((row: Message) => row.serial_number),
                ['c'],
            )
        })

        it('refuses a wrong query, naming the part', async () => {
            await load()
            const { statusCode, refusal, payload } = await give({ payload: { filter: [{ property: 'x', op: '~', value: 1 }] } }, 'refused')
            assert.deepEqual([statusCode, refusal.code, payload.errors[0].path], [422, 'BAD_INPUT', 'filter[0].op'])
        })

        it('shows a peer only the devices of its account where that is set, and nobody of no account anything', async () => {
            await load({ query: { own: true } })
            await update('a', { x: 1 }, 'alice')
            await update('b', { x: 1 }, 'bob')
            await update('n', { x: 1 })
            const seen = async (peer: object | undefined) => (await give({ payload: {}, peer })).payload
            const { rows, total } = await seen({ account: 'alice' })
            assert.deepEqual([rows.map((row: Message) => row.serial_number), total], [['a'], 1])
            for (const peer of [{}, { account: '' }, { account: null }, { account: {} }, undefined])
                assert.deepEqual(await seen(peer), { rows: [], total: 0 })
        })
    })

    it('answers with the history of a property, and 404 for a device that is not there or not to be seen', async () => {
        await load({ query: { mode: 'history', own: true } })
        for (const x of [1, 2, 3]) await update('a', { x }, 'alice')
        const payload = { id: 'a', property: 'x' }
        const out = await give({ payload, peer: { account: 'alice' } })
        assert.ok(out.payload.points.length >= 1)
        assert.equal(out.payload.points.at(-1).value, 3)
        for (const id of ['a', 'zz']) {
            const { statusCode, refusal, payload: body } = await give({ payload: { ...payload, id }, peer: { account: 'bob' } }, 'refused')
            assert.deepEqual([statusCode, refusal.code, body], [404, 'UNKNOWN_DEVICE', { message: `there is no device ${id}` }])
        }
        assert.equal((await give({ payload: { ...payload, from: 'yesterday' }, peer: { account: 'alice' } }, 'refused')).statusCode, 422)
    })

    describe('live', () => {
        const query = { mode: 'live' }

        it('shows a plain viewer everything when it connects, and what it asks for afterwards', async () => {
            await load({ query })
            await update('a', { x: 1 })
            const viewer = await client()
            await viewer.sees(['a'])
            await update('b', { x: 5 })
            await viewer.sees(['a', 'b'])
            viewer.say({ filter: [{ property: 'x', op: '>', value: 3 }] })
            await viewer.sees(['b'])
            await update('a', { x: 7 })
            await viewer.sees(['a', 'b'])
            assert.equal(viewer.page.rows.get('a')!.x, 7)
        })

        it('answers a wrong query on the connection and by output 2, and leaves the view as it is', async () => {
            await load({ query })
            await update('a', { x: 1 })
            const viewer = await client(['socketworks.view.1'])
            viewer.say({ type: 'view' })
            await viewer.sees(['a'])
            const refusal = once(helper.getNode('refused'), 'input')
            viewer.say({ type: 'view', filter: [{ property: 'x', op: '>', value: {} }] })
            const frame = await viewer.hears(({ kind }) => kind === 'refused')
            assert.match(frame.message, /filter\[0\]\.value/)
            assert.equal((await refusal)[0].statusCode, 422)
            for (const wrong of [{ type: 'drop' }, [], 'x', null, { type: 'set', id: 'a' }, { type: 'resume', epoch: 1, seq: 1 }]) {
                viewer.say(wrong as object)
                await viewer.hears(({ kind }) => kind === 'refused')
            }
            await update('b', { x: 1 })
            await viewer.sees(['a', 'b'])
        })

        it('tells a page that comes back only what it missed', async () => {
            await load({ query })
            await update('a', { x: 1 })
            const before = await client(['socketworks.view.1'])
            before.say({ type: 'view', limit: 5 })
            await before.sees(['a'])
            before.socket.terminate()
            await once(before.socket, 'close')
            for (const x of [2, 3]) await update('a', { x })
            await update('b', { x: 3 })
            const after = await client(['socketworks.view.1'])
            Object.assign(after.page, { ...before.page })
            after.say({ type: 'resume', epoch: before.page.epoch, seq: before.page.seq, limit: 5 })
            await after.sees(['a', 'b'])
            const [first] = after.frames
            assert.deepEqual([first!.kind, first!.recovered, first!.rows], ['snapshot', true, []])
            assert.equal(after.page.rows.get('a')!.x, 3)
            after.say({ type: 'resume', epoch: 'another', seq: 1 })
            assert.equal((await after.hears(({ kind, recovered }) => kind === 'snapshot' && !recovered)).rows.length, 2)
        })

        it('tells history, and sets a property of a device with confirmation or failure', async () => {
            await load({ query })
            await update('a', { x: 1 })
            const viewer = await client(['socketworks.view.1'])
            viewer.say({ type: 'history', id: 'a', property: 'x', seconds: 30 })
            assert.deepEqual(
                (await viewer.hears(({ kind }) => kind === 'history')).points.map(({ value }: Message) => value),
                [1],
            )
            viewer.say({ type: 'set', id: 'a', property: 'x', value: 9, request: 'r1' })
            assert.equal((await viewer.hears(({ kind }) => kind === 'set')).state, 'pending')
            assert.equal((await viewer.hears(({ kind }) => kind === 'set')).state, 'failed')
            const asked = once(helper.getNode('done'), 'input')
            viewer.say({ type: 'set', id: 'a', property: 'x', value: '9', request: 'r2' })
            const [msg] = await asked
            assert.deepEqual([msg.event, msg.topic, msg.payload], ['set', 'a', { id: 'a', property: 'x', value: '9', request: 'r2' }])
            await update('a', { x: 2 }, 'alice')
            const askedAgain = once(helper.getNode('done'), 'input')
            viewer.say({ type: 'set', id: 'a', property: 'x', value: 1, request: 'r4' })
            assert.equal((await askedAgain)[0].payload.account, 'alice')
            viewer.say({ type: 'set', id: 'zz', property: 'x', value: 9, request: 'r3' })
            assert.equal((await viewer.hears(({ kind }) => kind === 'refused')).code, 'UNKNOWN_DEVICE')
        })

        it('gives a viewer that did not read for a while the latest state, and not all that was', async () => {
            await load({ query, viewers: { highWater: 262_144 } })
            const [stuck, other] = [await client(['socketworks.view.1']), await client(['socketworks.view.1'])]
            stuck.say({ type: 'view' })
            other.say({ type: 'view' })
            await other.hears(({ kind }) => kind === 'snapshot')
            await stuck.hears(({ kind }) => kind === 'snapshot')
            stuck.socket.pause()
            const text = 'x'.repeat(4000)
            for (let round = 0; round < 150; round++) {
                let left = 20
                const all = new Promise<void>((resolve) => {
                    const count = () => {
                        if (--left > 0) return
                        helper.getNode('stored').off('input', count)
                        resolve()
                    }
                    helper.getNode('stored').on('input', count)
                })
                for (let i = 0; i < 20; i++)
                    helper.getNode('state').receive({ payload: { id: `d${i}`, set: { text: `${text}${round}` } } } as never)
                await all
            }
            const isLast = (page: Page) => page.order.length === 20 && page.order.every((id) => page.rows.get(id)!.text === `${text}149`)
            while (!isLast(other.page)) await once(other.socket, 'message')
            stuck.socket.resume()
            while (!isLast(stuck.page)) await once(stuck.socket, 'message')
            assert.ok(stuck.page.heard.length < other.page.heard.length, `${stuck.page.heard.length} of ${other.page.heard.length} frames`)
            await update('d0', { text: 'new' })
            while (stuck.page.rows.get('d0')!.text !== 'new') await once(stuck.socket, 'message')
        })

        it('ends a view with its connection, also when the flow does not hear of that, and closes within a second while busy', async () => {
            await load({ query })
            const viewer = await client(['socketworks.view.1'])
            viewer.say({ type: 'view', filter: [{ op: 'silent', value: 1 }] })
            await viewer.hears(({ kind }) => kind === 'snapshot')
            const start = Date.now()
            await helper.unload()
            assert.ok(Date.now() - start < 1000)
        })
    })
})
