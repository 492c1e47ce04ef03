import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import type { StoreNode } from '../../nodes/store-config/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'

const soon = () => AbortSignal.timeout(10_000)

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

    it('refuses to share a file with another store-config', async () => {
        const [first, second] = await load({}, { file: './socketworks.sqlite' })
        await Promise.all([shows('red', /already used by another store/), first!.store.ready(soon())])
        await assert.rejects(second!.store.states.get('n'), /already used/)
    })

    it('says which setting is wrong', async () => {
        const [node] = await load({ retention: '-1' })
        assert.match(JSON.stringify((node!.status as any).lastCall.args), /"red".*retention: must be at least 0/)
        assert.equal(node!.store, undefined)
    })

    it('closes within a second while it cannot be opened', async () => {
        writeFileSync(join(root, 'socketworks.sqlite'), 'no database')
        await load({})
        await shows('red', /not a database/)
        const before = performance.now()
        await helper.unload()
        assert.ok(performance.now() - before < 1000)
    })
})
