import assert from 'node:assert/strict'
import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import type { Page } from '../src/views/page.ts'
import { fleetFlow, type Message } from '../support/fleet-flow.ts'
import { stopwatch } from '../support/stopwatch.ts'

describe('device-view', () => {
    const { load, client, update } = fleetFlow()

    it('shows a plain viewer everything when it connects, and what it asks for afterwards', async () => {
        await load('device-view')
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
        await load('device-view')
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
        await load('device-view')
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
        await load('device-view')
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
        await load('device-view', { viewers: { highWater: 262_144 } })
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
        await load('device-view')
        const viewer = await client(['socketworks.view.1'])
        viewer.say({ type: 'view', filter: [{ op: 'silent', value: 1 }] })
        await viewer.hears(({ kind }) => kind === 'snapshot')
        const took = stopwatch()
        await helper.unload()
        assert.ok(took() < 1000)
    })
})
