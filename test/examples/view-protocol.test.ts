import assert from 'node:assert/strict'
import type { ViewEvent } from '../../src/views/view-event.ts'
import { FleetView } from '../../web/observer/fleet-view.ts'
import { FleetObserver, report, reports } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'
import { code, matches, text } from '../support/pack.ts'

interface Row {
    name: string
    /** Names of its fields, with `?` behind those that may be missing. */
    fields: string[]
    /** What it means, or how it is answered. */
    meaning: string
    example: Record<string, unknown>
}

/** The rows of all tables of the page. */
const rows = [...text('docs/view-protocol.md').matchAll(/^\| `(\w+)` +\| ([^|]*)\| ([^|]+)\| `(\{.*\})` +\|$/gm)].map(
    ([, name, fields, meaning, example]): Row => ({
        name: name!,
        fields: matches(fields!, /`([\w?]+)`/g),
        meaning: meaning!,
        example: JSON.parse(example!),
    }),
)
const requests = rows.filter(({ example }) => 'type' in example)
const frames = rows.filter(({ example }) => 'kind' in example)

/** Fails where a frame has a field that its row does not list, or lacks one that it does. */
function assertListed({ name, fields }: Row, { type: _type, kind: _kind, ...frame }: Record<string, unknown>): void {
    const known = fields.map((field) => field.replace('?', ''))
    const unknown = Object.keys(frame).filter((field) => !known.includes(field))
    const missing = fields.filter((field) => !field.endsWith('?') && !(field in frame))
    assert.deepEqual({ name, unknown, missing }, { name, unknown: [], missing: [] })
}

describe('docs/view-protocol.md', () => {
    it('lists every frame of the code, and no other', () => {
        const source = code('src/views/view-event.ts')
        assert.deepEqual(requests.map(({ name }) => name).sort(), [...new Set(matches(source, /\btype: '(\w+)'/g))].sort())
        assert.deepEqual(frames.map(({ name }) => name).sort(), [...new Set(matches(source, /\bkind: '(\w+)'/g))].sort())
    })

    it('has an example in each row that is what the row says', () => {
        for (const row of rows) {
            assert.equal(row.example.type ?? row.example.kind, row.name)
            assertListed(row, row.example)
        }
    })

    it('has events that the page understands, one after the other', () => {
        const view = new FleetView()
        const events = frames.map(({ example }) => example).filter((example) => 'seq' in example) as unknown as ViewEvent[]
        assert.equal(events.length, 6)
        for (const event of events) assert.equal(view.apply(event, Date.now()), 'applied', event.kind)
        assert.deepEqual([view.order, view.total, view.seq, view.columns.length], [['0001'], 2, 6, 4])
    })

    describe('as an endpoint speaks it', () => {
        let observer: FleetObserver
        let device: Frames
        let viewer: Frames
        /** Waits for a frame of a kind, from the given one on. */
        const hears = (kind: string, from = 0, holds: (frame: any) => boolean = () => true) =>
            viewer.until((frame) => frame.kind === kind && holds(frame), from)
        const row = (name: string) => requests.find((one) => one.name === name)!

        before(async () => {
            observer = await FleetObserver.start()
        })
        after(() => observer?.stop())
        beforeEach(async () => {
            device = await observer.connect('/update/')
            await reports(device, '0001', '0001', { battery: 75 })
            viewer = await observer.connect('/client/', undefined, ['socketworks.view.1'])
        })
        afterEach(() => observer.leave())

        for (const { name, meaning, example } of requests)
            it(`has a ${name} that is answered with what its row says`, async () => {
                if (name !== 'ping') {
                    viewer.send(row('view').example)
                    await hears('snapshot')
                }
                const from = viewer.all.length
                viewer.send(example)
                for (const kind of matches(meaning, /`(\w+)`/g).slice(0, 1)) await hears(kind, from)
                if (name === 'set') {
                    await reports(device, '0002', '0001', { battery: example.value })
                    await hears('set', from, ({ state }) => state === 'confirmed')
                }
                assert.deepEqual(
                    viewer.all.slice(from).filter((frame) => JSON.parse(frame).kind === 'refused'),
                    [],
                )
            })

        it('has every frame of it with the fields that its row says', async () => {
            for (const request of ['view', 'history', 'set', 'ping']) viewer.send(row(request).example)
            await hears('set')
            await reports(device, '0002', '0002', { battery: 90, country: 'AT' })
            await reports(device, '0003', '0001', { battery: 99 })
            viewer.send({ ...row('set').example, id: 'nobody' })
            await hears('move')
            assert.equal((await fetch(`${observer.red.url}/devices/0002`, { method: 'DELETE' })).status, 200)
            for (const kind of ['snapshot', 'upsert', 'count', 'columns', 'remove', 'history', 'pong', 'refused']) await hears(kind)
            for (const frame of viewer.all.map((one) => JSON.parse(one)))
                assertListed(frames.find(({ name }) => name === frame.kind)!, frame)
        })

        it('has the number of devices that are not registered', async () => {
            const strict = await FleetObserver.start({ env: { DEVICE_REGISTRATION: 'false' } })
            try {
                assert.equal(await report(await strict.connect('/update/'), '0001', '0001', { battery: 1 }), 'ERROR')
                viewer = await strict.connect('/client/', undefined, ['socketworks.view.1'])
                viewer.send(row('view').example)
                assertListed(frames.find(({ name }) => name === 'unregistered')!, await hears('unregistered'))
            } finally {
                await strict.stop()
            }
        })
    })
})
