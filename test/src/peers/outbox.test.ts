import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { systemClock } from '../../../src/lib/index.ts'
import type { KeptMessage } from '../../../src/peers/index.ts'
import { Outbox } from '../../../src/peers/outbox.ts'
import type { Store } from '../../../src/stores.ts'
import { type TaskRepository, Tasks } from '../../../src/tasks/index.ts'
import type { WsEndpoint } from '../../../src/ws/index.ts'
import { Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { workbench } from '../store/open.ts'
import { away, changed } from '../tasks/bench.ts'

interface Became {
    how: 'delivered' | 'expired'
    row: KeptMessage
    msg: object | undefined
}

describe('the outbox of an endpoint', () => {
    const bench = workbench()
    let port: Port
    let endpoint: WsEndpoint
    let store: Store
    let clock: FakeClock
    let became: Became[]
    let ear = () => {}
    let ending: AbortController
    let box: Outbox

    beforeEach(async () => {
        port = await Port.open()
        endpoint = port.endpoint({ highWater: 64 * 1024 })
        clock = new FakeClock()
        became = []
        start(bench.open(bench.file(`${randomUUID()}.sqlite`)))
    })
    afterEach(async () => {
        ending.abort()
        await port.close()
    })
    after(() => bench.clear())

    /** @param changes of how the store answers */
    function start(on: Store, changes: Partial<TaskRepository> = {}): void {
        store = on
        ending = new AbortController()
        const common = { clock, newId: randomUUID, log: (text: string) => void port.logged.push(text) }
        const tasks = new Tasks({ ...common, repository: changed(on.tasks, changes), ready: (signal) => store.ready(signal) })
        const encode = (_peer: unknown, payload: unknown) => JSON.stringify(payload)
        box = new Outbox({ endpoint, id: 'e', encode, tasks, ...common })
        attach('n')
    }
    function attach(node: string): void {
        const tell = (how: Became['how']) => (row: KeptMessage, msg: object | undefined) => {
            became.push({ how, row, msg })
            ear()
        }
        box.attach(node, { delivered: tell('delivered'), expired: tell('expired') }, ending.signal)
    }
    const keep = (payload: unknown, peer = 'a', ttl = 60_000, node = 'n', msg = {}) =>
        box.keep({ node, peer, payload: JSON.stringify(payload), ttl, msg })
    const rows = () => store.tasks.ofOwner('outbox', 'e', 0, 10_000)
    async function outcomes(count: number): Promise<[string, unknown][]> {
        while (became.length < count)
            await new Promise<void>((resolve) => {
                ear = resolve
            })
        return became.map(({ how, row }) => [how, JSON.parse(row.payload)])
    }
    const collect = (client: WebSocket): unknown[] => {
        const got: unknown[] = []
        client.on('message', (data) => got.push(JSON.parse(String(data))))
        return got
    }
    /** Connects without missing a frame. */
    async function come(id = 'a'): Promise<{ client: WebSocket; got: unknown[] }> {
        const client = port.client(`/devices?id=${id}`)
        const got = collect(client)
        await new Promise((resolve) => client.once('open', resolve))
        return { client, got }
    }

    it('keeps what is for somebody who is away, and sends it in order when they come', async () => {
        for (const n of [1, 2, 3]) await keep(n)
        assert.deepEqual([(await rows()).length, box.size], [3, 3])
        const { client, got } = await come()
        assert.deepEqual(await outcomes(3), [
            ['delivered', 1],
            ['delivered', 2],
            ['delivered', 3],
        ])
        assert.deepEqual([got, await rows(), box.size], [[1, 2, 3], [], 0])
        client.terminate()
    })

    it('sends at once to who is there, with what the flow sent along', async () => {
        const { client, got } = await come()
        const msg = { topic: 'x' }
        await keep({ on: true }, 'a', 1000, 'n', msg)
        await outcomes(1)
        assert.equal(became[0]!.msg, msg)
        assert.deepEqual(got, [{ on: true }])
        client.terminate()
    })

    it('sends again, in order, what a connection took that then broke', async () => {
        const mute = await port.mute('/devices?id=a')
        await port.hears('connected')
        for (const n of [1, 2]) await keep(n)
        assert.equal((await rows()).length, 2)
        mute.destroy()
        await port.hears('disconnected')
        await keep(3)
        const { client, got } = await come()
        await outcomes(3)
        assert.deepEqual([got, await rows()], [[1, 2, 3], []])
        client.terminate()
    })

    it('goes on by the connection that replaced another one', async () => {
        const mute = await port.mute('/devices?id=a')
        await port.hears('connected')
        for (const n of [1, 2]) await keep(n)
        const { client, got } = await come()
        await keep(3)
        await outcomes(3)
        assert.deepEqual(got, [1, 2, 3])
        for (const one of [mute, client]) 'destroy' in one ? one.destroy() : one.terminate()
    })

    it('follows a peer that tells its id later', async () => {
        await keep(1, 'late')
        const client = await port.connect()
        const got = collect(client)
        const [{ peer }] = await port.hears('connected')
        endpoint.identify(peer, 'late')
        await outcomes(1)
        assert.deepEqual(got, [1])
        client.terminate()
    })

    it('sends nothing more by a connection whose peer takes another id, and again what that did not confirm', async () => {
        const mute = await port.mute('/devices?id=a')
        const [{ peer }] = await port.hears('connected')
        await keep(1)
        endpoint.identify(peer, 'b')
        await keep(2)
        const { client, got } = await come()
        await outcomes(2)
        assert.deepEqual(got, [1, 2])
        mute.destroy()
        client.terminate()
    })

    it('tells what nobody came for in time, and sends it no more', async () => {
        await Promise.all([keep('short', 'a', 1000), keep('long', 'a', 5000)])
        clock.jump(-3_600_000)
        clock.advance(1000)
        assert.deepEqual(await outcomes(1), [['expired', 'short']])
        assert.equal((await rows()).length, 1)
        const { client, got } = await come()
        await outcomes(2)
        assert.deepEqual(got, ['long'])
        client.terminate()
    })

    it('tells of what was on its way when its time ended what really became of it', async () => {
        const mute = await port.mute('/devices?id=a')
        await port.hears('connected')
        await keep('lost', 'a', 1000)
        clock.advance(2000)
        assert.equal(became.length, 0)
        mute.destroy()
        assert.deepEqual(await outcomes(1), [['expired', 'lost']])
        const { client, got } = await come()
        await keep('next')
        await outcomes(2)
        assert.deepEqual(got, ['next'])
        client.terminate()
    })

    it('loses nothing by a restart, and tells the node that sent it', async () => {
        const file = bench.file('restart.sqlite')
        ending.abort()
        start(bench.open(file))
        await keep('kept')
        await keep('overdue', 'b', 1000)
        await keep('orphan', 'a', 60_000, 'deleted')
        ending.abort()
        await store.close()
        clock.advance(2000)
        start(bench.open(file))
        assert.deepEqual(await outcomes(1), [['expired', 'overdue']])
        const { client, got } = await come()
        assert.deepEqual(await outcomes(2), [
            ['expired', 'overdue'],
            ['delivered', 'kept'],
        ])
        assert.deepEqual(
            became.map(({ msg }) => msg),
            [undefined, undefined],
        )
        while ((await rows()).length > 0) await new Promise(setImmediate)
        assert.deepEqual(got, ['kept', 'orphan'])
        client.terminate()
    })

    it('sends what was kept before a restart first', async () => {
        const file = bench.file('order.sqlite')
        ending.abort()
        start(bench.open(file))
        await keep('old')
        ending.abort()
        await store.close()
        start(bench.open(file))
        const { client, got } = await come()
        await keep('new')
        await outcomes(2)
        assert.deepEqual(got, ['old', 'new'])
        client.terminate()
    })

    it('sends more than a peer takes at once when it takes it, in order', async () => {
        const client = port.client('/devices?id=a')
        const got = collect(client)
        await new Promise((resolve) => client.once('open', resolve))
        client.pause()
        const text = 'x'.repeat(50_000)
        await Promise.all(Array.from({ length: 400 }, (_, n) => keep({ n, text })))
        assert.ok(endpoint.find({ id: 'a' })[0]!.buffered < 200_000)
        client.resume()
        await outcomes(400)
        assert.deepEqual(
            got.map((one) => (one as { n: number }).n),
            Array.from({ length: 400 }, (_, n) => n),
        )
        client.terminate()
    })

    it('refuses more than a thousand for a peer, what is too large, and what cannot be kept', async () => {
        await Promise.all(Array.from({ length: 1000 }, (_, n) => keep(n)))
        await assert.rejects(keep('one more'), { status: 503, code: 'OUTBOX_FULL' })
        await keep('for another', 'b')
        await assert.rejects(keep('x'.repeat(2_000_000), 'b'), { status: 413 })
        await store.close()
        await assert.rejects(keep('y', 'b'), { status: 503, code: 'STORE_UNAVAILABLE' })
        assert.equal(box.size, 1001)
    })

    it('tells once it is in the store that something arrived, however long that is away', async () => {
        ending.abort()
        const changes: Partial<TaskRepository> = { remove: away }
        start(store, changes)
        const { client, got } = await come()
        await keep(1)
        while (got.length === 0) await new Promise(setImmediate)
        for (let i = 0; i < 20; i++) await new Promise(setImmediate)
        assert.deepEqual([became.length, box.size], [0, 1])
        delete changes.remove
        const told = outcomes(1)
        while (became.length === 0) {
            clock.advance(1000)
            await new Promise(setImmediate)
        }
        assert.deepEqual(await told, [['delivered', 1]])
        assert.deepEqual(await rows(), [])
        client.terminate()
    })

    it('leaves no timer behind, and begins anew for whoever comes next', async () => {
        await keep(1)
        ending.abort()
        assert.equal(clock.pending, 0)
        ending = new AbortController()
        attach('n')
        const { client, got } = await come()
        await outcomes(1)
        assert.deepEqual(got, [1])
        client.terminate()
    })

    it('works by the real clock, too', async () => {
        ending.abort()
        clock = systemClock as never
        start(store)
        await keep(1, 'a', 30)
        assert.deepEqual(await outcomes(1), [['expired', 1]])
    })
})
