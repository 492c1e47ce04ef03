import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { readQuery } from '../../../src/fleet/query.ts'
import { smartOsViewer } from '../../../src/peers/protocols/smart-os-viewer.ts'
import { smartOs } from '../../../src/views/smart-os.ts'
import { Views } from '../../../src/views/views.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Opened } from '../../support/session.ts'
import { forgetful } from '../fleet/memory.ts'

const update = { register: true, history: false }

/** What a page shows that knows SMART-OS and nothing more. */
class SeedPage {
    readonly frames: { type: string; message: any }[] = []
    rows: Record<string, unknown>[] = []

    send(frames: readonly string[]): boolean {
        for (const frame of frames) this.#take(frame)
        return true
    }

    #take(frame: string): void {
        const { type, message } = JSON.parse(frame)
        this.frames.push({ type, message })
        if (type === 'INIT') this.rows = message
        if (type !== 'UPDT') return
        const [, serial, json] = /^\d{4}:([^:]+):(.*)$/s.exec(message)!
        const row = this.rows.find((one) => one.serial_number === serial)
        assert.ok(row, `${serial} is not shown`)
        Object.assign(row, JSON.parse(json!))
    }

    onDrain(): void {}

    get serials(): unknown[] {
        return this.rows.map((row) => row.serial_number)
    }
}

describe('a page of SMART-OS on a live view', () => {
    let clock: FakeClock
    let fleet: Fleet
    let page: SeedPage
    let closing: AbortController
    let epoch = 0
    beforeEach(async () => {
        clock = new FakeClock()
        closing = new AbortController()
        page = new SeedPage()
        fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: (text) => assert.fail(text) })
        for (const [id, battery] of Object.entries({ '0001': 10, '0002': 30, '0003': 20 })) await fleet.update(id, { battery }, update)
        const views = new Views({ fleet, clock, newId: () => `e${epoch++}` })
        views.use(closing.signal)
        const { payload } = new Opened(smartOsViewer).taken('{"type":"FILT","message":["filter:battery:>:5","sort:battery:<:123"]}')
        views.show(readQuery(payload), 'all', page, smartOs)
    })
    afterEach(() => closing.abort())

    const say = async (id: string, set: object) => {
        clock.advance(1000)
        await fleet.update(id, set, update)
        await clock.advanceAsync(1000)
    }

    it('is shown what it asked for', () => {
        assert.deepEqual(page.serials, ['0001', '0003', '0002'])
        assert.equal(page.frames.length, 1)
    })

    it('is told a change that moves nothing as UPDT', async () => {
        await say('0003', { country: 'AT' })
        const [, { type, message }] = page.frames as [unknown, { type: string; message: string }]
        assert.equal(type, 'UPDT')
        assert.match(message, /^\d{4}:0003:\{.*"country":"AT".*\}$/)
        assert.equal(page.rows[1]!.country, 'AT')
    })

    it('is told nothing when nothing is different', async () => {
        await say('0003', { battery: 20 })
        assert.equal(page.frames.length, 1)
    })

    it('is shown all anew when a row leaves, moves, comes or is deleted', async () => {
        await say('0001', { battery: 1 })
        assert.deepEqual(page.serials, ['0003', '0002'])
        await say('0003', { battery: 99 })
        assert.deepEqual(page.serials, ['0002', '0003'])
        await say('0004', { battery: 40 })
        assert.deepEqual(page.serials, ['0002', '0004', '0003'])
        await fleet.remove('0004')
        await clock.advanceAsync(1000)
        assert.deepEqual(page.serials, ['0002', '0003'])
        assert.deepEqual(
            page.frames.map(({ type }) => type),
            Array(5).fill('INIT'),
        )
    })

    it('is not shown all anew for each of many rows that leave', async () => {
        for (const id of ['0001', '0002', '0003']) await fleet.update(id, { battery: 1 }, update)
        await clock.advanceAsync(1000)
        assert.deepEqual(page.serials, [])
        assert.ok(page.frames.length <= 3, `${page.frames.length} frames`)
    })

    it('is told when there is more than its table can hold', async () => {
        fleet.budget.allow({ device: 1_048_576, fleet: 1_073_741_824 }, closing.signal)
        const set = { battery: 40, ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, 'x'.repeat(16_000)])) }
        for (let n = 0; n < 40; n++) await fleet.update(`1${n + 100}`, set, update)
        await clock.advanceAsync(1000)
        const told = page.frames.at(-1)!
        assert.deepEqual([told.type, told.message], ['INFO', `${page.rows.length} of 43 devices are shown: filters find the others`])
        assert.ok(page.rows.length > 5 && page.rows.length < 43)
        await fleet.update('1139', { battery: 41 }, update)
        await clock.advanceAsync(1000)
        assert.ok(!page.serials.includes('1139'))
    })
})
