import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import type { StoreNode } from '../../nodes/store-config/client.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import { dropDatabase, emptyDatabase } from '../support/postgres.ts'
import { stopwatch } from '../support/stopwatch.ts'

const soon = () => AbortSignal.timeout(30_000)

describe('store-config', () => {
    let root: string

    beforeEach(async () => {
        root = mkdtempSync(join(tmpdir(), 'socketworks-'))
        helper.settings({ userDir: root })
        await new Promise<void>((resolve) => helper.startServer(resolve))
    })
    afterEach(async () => {
        await helper.unload()
        await new Promise<void>((resolve) => helper.stopServer(resolve))
        rmSync(root, { recursive: true, force: true })
    })

    const flow = (...stores: object[]) => [
        { id: 'tab', type: 'tab' },
        ...stores.map((store, i) => ({ id: `s${i}`, z: 'tab', type: 'socketworks-store-config', ...store })),
        { id: 'watching', z: 'tab', type: 'status', scope: null, wires: [['shown']] },
        { id: 'catching', z: 'tab', type: 'catch', scope: null, wires: [['caught']] },
        { id: 'shown', z: 'tab', type: 'helper' },
        { id: 'caught', z: 'tab', type: 'helper' },
    ]

    async function load(...stores: object[]) {
        await helper.load(storeConfig, flow(...stores) as never)
        return stores.map((_, i) => helper.getNode(`s${i}`) as unknown as StoreNode)
    }

    /** The next message at a helper node that fits. */
    const arrives = (id: string, fits: (msg: any) => boolean) =>
        new Promise<any>((resolve) => helper.getNode(id).on('input', (msg: any) => fits(msg) && resolve(msg)))
    const shows = (fill: string, pattern: RegExp) => arrives('shown', ({ status }) => status.fill === fill && pattern.test(status.text))

    it('keeps what it is given in a file in the user directory, also over a deploy', async () => {
        const [node] = await load({ file: 'data/things.sqlite' })
        await Promise.all([shows('green', /^status\.open$/), node!.store.ready(soon())])
        await node!.store.states.put('n', { kept: true })
        assert.ok(existsSync(join(root, 'data/things.sqlite')))
        await helper.unload()
        await assert.rejects(node!.store.states.get('n'), { code: 'STORE_UNAVAILABLE' })
        const [again] = await load({ file: 'data/things.sqlite' })
        assert.deepEqual(await again!.store.states.get('n'), { kept: true })
    })

    it('keeps everything on a PostgreSQL server, by its URL or by a variable that holds it, to which a file gives way', async () => {
        const url = await emptyDatabase()
        process.env.TEST_STORE_URL = url
        try {
            const [node] = await load({ kind: 'postgres', urlEnv: 'TEST_STORE_URL' })
            await node!.store.states.put('n', { kept: true })
            await helper.unload()
            const [file] = await load({ kind: 'file', file: 'unused.sqlite', urlEnv: 'TEST_STORE_URL' })
            assert.deepEqual(await file!.store.states.get('n'), { kept: true })
            await helper.unload()
            const credentials = { s0: { url } }
            await helper.load(storeConfig, flow({ kind: 'postgres', urlEnv: 'NOT_SET' }) as never, credentials)
            const given = helper.getNode('s0') as unknown as StoreNode
            assert.deepEqual(await given.store.states.get('n'), { kept: true })
            await helper.unload()
            assert.ok(!existsSync(join(root, 'unused.sqlite')) && !existsSync(join(root, 'socketworks.sqlite')))
            const [plain] = await load({ kind: 'file', file: 'used.sqlite', urlEnv: 'NOT_SET' })
            await plain!.store.ready(soon())
            assert.ok(existsSync(join(root, 'used.sqlite')))
        } finally {
            delete process.env.TEST_STORE_URL
            await helper.unload()
            await dropDatabase(url)
        }
    })

    it('keeps nothing in memory, and makes no file', async () => {
        const [node] = await load({ kind: 'memory' })
        await node!.store.states.put('n', 1)
        await helper.unload()
        const [again] = await load({ kind: 'memory' })
        assert.equal(await again!.store.states.get('n'), undefined)
        assert.ok(!existsSync(join(root, 'socketworks.sqlite')))
    })

    it('takes the default file for a blank one', async () => {
        const [node] = await load({ file: ' ' })
        await node!.store.ready(soon())
        assert.ok(existsSync(join(root, 'socketworks.sqlite')))
    })

    it('shows in red why it cannot be used, tells flows once, and gets over it', async () => {
        writeFileSync(join(root, 'socketworks.sqlite'), 'no database')
        const [node] = await load({})
        let caught = 0
        helper.getNode('caught').on('input', () => void caught++)
        const [, msg] = await Promise.all([shows('red', /not a database/), arrives('caught', () => true)])
        assert.equal(msg.error.code, 'STORE_UNAVAILABLE')
        assert.match(msg.error.message, /not a database/)
        rmSync(join(root, 'socketworks.sqlite'))
        mkdirSync(join(root, 'socketworks.sqlite'))
        await shows('red', /not a file/)
        rmSync(join(root, 'socketworks.sqlite'), { recursive: true })
        await Promise.all([shows('green', /open/), node!.store.ready(soon())])
        assert.equal(caught, 1)
    })

    it('shares a file with other nodes that name it, however they do, and it stays open as long as one of them is there', async () => {
        symlinkSync(root, `${root}-link`)
        try {
            let green = 0
            const nodes = await load({}, { file: './socketworks.sqlite' }, { file: join(`${root}-link`, 'socketworks.sqlite') })
            helper.getNode('shown').on('input', ({ status }: any) => void (status.fill === 'green' && green++))
            await Promise.all(nodes.map((node) => node.store.ready(soon())))
            await nodes[0]!.store.states.put('n', { kept: true })
            for (const node of nodes) assert.deepEqual(await node.store.states.get('n'), { kept: true })
            await nodes[0]!.close(false)
            assert.deepEqual(await nodes[1]!.store.states.get('n'), { kept: true })
            await nodes[1]!.close(false)
            await nodes[2]!.store.states.put('n', 2)
            assert.equal(green, 3)
            await helper.unload()
            await assert.rejects(nodes[2]!.store.states.get('n'), { code: 'STORE_UNAVAILABLE' })
            const [again] = await load({})
            assert.equal(await again!.store.states.get('n'), 2)
        } finally {
            rmSync(`${root}-link`)
        }
    })

    it('warns of settings that do not count because another node has the same file with its own', async () => {
        const [first, second] = await load({}, { retention: '7' })
        assert.equal(first!.store, second!.store)
        const warned = ({ warn }: StoreNode) =>
            (warn as unknown as { args: string[][] }).args.flat().filter((text) => /settings count/.test(text))
        assert.equal(warned(second!).length, 1)
    })

    it('tells each node that shares a file why it cannot be used, and that it can again', async () => {
        writeFileSync(join(root, 'socketworks.sqlite'), 'no database')
        await load({}, {})
        const shown = { red: 0, green: 0 } as Record<string, number>
        const both = new Promise<void>((resolve) =>
            helper.getNode('shown').on('input', ({ status: { fill } }: any) => {
                shown[fill] = (shown[fill] ?? 0) + 1
                if (shown.red === 2) rmSync(join(root, 'socketworks.sqlite'), { force: true })
                if (shown.green === 2) resolve()
            }),
        )
        await both
    })

    it('says which setting is wrong', async () => {
        const [node] = await load({ retention: '-1' })
        assert.match(JSON.stringify((node!.status as any).lastCall.args), /"red".*retention: must be at least 0/)
        assert.equal(node!.store, undefined)
    })

    it('says what is missing where a server is wanted and there is no URL', async () => {
        for (const [store, text] of [
            [{ kind: 'postgres' }, /"red".*no URL of a PostgreSQL server: none is given/],
            [{ kind: 'postgres', urlEnv: 'NOT_SET' }, /"red".*NOT_SET is not set/],
        ] as const) {
            const [node] = await load(store)
            assert.match(JSON.stringify((node!.status as any).lastCall.args), text)
            await helper.unload()
        }
    })

    it('closes within a second while it cannot be opened', async () => {
        writeFileSync(join(root, 'socketworks.sqlite'), 'no database')
        await load({})
        await shows('red', /not a database/)
        const took = stopwatch()
        await helper.unload()
        assert.ok(took() < 1000)
    })
})
