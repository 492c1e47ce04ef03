import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import type { Scope } from '../../../src/fleet/plan.ts'
import { readQuery } from '../../../src/fleet/query.ts'
import type { ViewFormat } from '../../../src/views/format.ts'
import { Views } from '../../../src/views/views.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { forgetful } from '../fleet/memory.ts'
import { Line, plain } from './page.ts'

const update = { register: true, history: false }

describe('live views', () => {
    let clock: FakeClock
    let fleet: Fleet
    let views: Views
    let closing: AbortController
    let epoch = 0
    beforeEach(() => {
        clock = new FakeClock()
        closing = new AbortController()
        fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: (text) => assert.fail(text) })
        fleet.budget.allow({ device: 1_048_576, fleet: 1_073_741_824 }, closing.signal)
        views = new Views({ fleet, clock, newId: () => `e${epoch++}` })
        views.use(closing.signal)
    })
    afterEach(() => {
        closing.abort()
        assert.deepEqual([views.size, clock.pending], [0, 0])
    })

    const say = (id: string, set: object, owner?: string) => fleet.update(id, set, { ...update, owner })
    const show = (query: object = {}, scope: Scope = 'all', line = new Line(), format: ViewFormat = plain) => ({
        line,
        page: line.page,
        viewer: views.show(readQuery(query), scope, line, format),
    })
    const settle = () => clock.advanceAsync(0)

    it('tell nothing of an update that changes nothing, unless it is what is looked at', async () => {
        await say('a', { x: 1 })
        const [all, recent] = [show(), show({ sort: [{ property: 'last_status_update', direction: 'desc' }] })]
        clock.advance(1000)
        await say('a', { x: 1 })
        await settle()
        assert.deepEqual([all.page.heard.length, recent.page.heard.length], [1, 2])
        assert.equal(recent.page.rows.get('a')!.last_status_update, new Date(clock.now()).toISOString())
    })

    it('have a row come at once when it begins to match, and go when it ceases to', async () => {
        const { page } = show({ filter: [{ property: 'x', op: '>', value: 5 }], sort: [{ property: 'x' }] })
        for (const [id, x] of Object.entries({ a: 1, b: 9, c: 7 })) await say(id, { x })
        assert.deepEqual([page.order, page.total], [['c', 'b'], 2])
        await say('b', { x: 6 })
        assert.deepEqual(page.order, ['b', 'c'])
        await say('b', { x: 0 })
        assert.deepEqual([page.order, page.total], [['c'], 1])
        await fleet.remove('c')
        await settle()
        assert.deepEqual(
            [page.order, page.heard.filter(({ kind }) => kind === 'remove').map((event) => Reflect.get(event, 'why'))],
            [[], ['left', 'deleted']],
        )
    })

    it('fill by time alone, with one timer for all of them', async () => {
        for (let i = 0; i < 100; i++) {
            await say(`d${String(i).padStart(2, '0')}`, { x: i })
            clock.advance(10)
        }
        const silent = [5, 10, 300].map((value) => show({ filter: [{ op: 'silent', value }] }))
        assert.equal(clock.pending, 1)
        await clock.advanceAsync(4500)
        assert.deepEqual(
            silent.map(({ page }) => page.total),
            [51, 0, 0],
        )
        // Nobody has spoken because somebody set the clock, and nobody was silent.
        clock.jump(-3_600_000)
        await clock.advanceAsync(5000)
        await say('d00', { x: 0 })
        clock.jump(7_200_000)
        await settle()
        assert.deepEqual([silent.map(({ page }) => page.total), silent[0]!.page.order[0]], [[99, 50, 0], 'd01'])
        await clock.advanceAsync(300_000)
        assert.deepEqual(
            silent.map(({ page }) => page.total),
            [100, 100, 100],
        )
    })

    it('are worked out and written once for all who look at the same', async () => {
        let built = 0
        const frames: ViewFormat['frames'] = (event) => {
            built++
            return [JSON.stringify(event)]
        }
        const counting: ViewFormat = { whole: false, frames }
        const viewers = Array.from({ length: 100 }, () => show({ limit: 10 }, 'all', new Line(), counting))
        assert.deepEqual([views.size, built], [1, 1])
        await say('a', { x: 1 })
        built = 0
        await say('a', { x: 2 })
        assert.deepEqual([built, viewers.filter(({ page }) => page.rows.get('a')!.x === 2).length], [1, 100])
    })

    it('tell what changed in one turn at once, and each column once', async () => {
        await say('a', { x: 0 })
        const { page } = show()
        await Promise.all([1, 2, 3].map((x) => say('a', { x, y: x })))
        const patches = page.heard.filter(({ kind }) => kind === 'upsert')
        assert.equal(patches.length, 1)
        assert.deepEqual([page.rows.get('a')!.x, page.columns], [3, ['serial_number', 'last_status_update', 'x', 'y']])
    })

    it('tell an account nothing of the devices of others: no row, no count, no column, no move', async () => {
        await say('a1', { x: 5, secret_a: 1 }, 'alice')
        const alice: Scope = { account: 'alice' }
        const lines = [
            show({}, alice),
            show({ filter: [{ property: 'serial_number', op: 'contains', value: '' }], sort: [{ property: 'x' }] }, alice),
            show({ filter: [{ property: 'owner', op: '!=', value: 'alice' }] }, alice),
            show({ filter: [{ op: 'silent', value: 0 }] }, alice),
            show({ offset: 0, limit: 1, sort: [{ property: 'secret_b', direction: 'desc' }] }, alice),
            show({}, { account: undefined }),
        ]
        const before = lines.map(({ page }) => page.heard.length)
        for (let i = 0; i < 20; i++) await say(`b${i}`, { x: i, secret_b: i, [`column_b${i}`]: 1 }, 'bob')
        await say('nobody', { secret_n: 1 })
        await fleet.remove('b3')
        await clock.advanceAsync(10_000)
        assert.deepEqual(
            lines.map(({ page }) => page.heard.length),
            before,
        )
        await say('nobody', { secret_n: 2 }, 'alice')
        await settle()
        assert.deepEqual([lines[0]!.page.order, lines[0]!.page.total], [['a1', 'nobody'], 2])
        const told = JSON.stringify(lines.map(({ page }) => page.heard))
        assert.doesNotMatch(told, /secret_b|column_b|bob|"b\d/)
        assert.deepEqual(
            lines[5]!.page.heard.map((event) => Reflect.get(event, 'columns')),
            [['serial_number', 'last_status_update']],
        )
    })

    it('do not go on for one account what another has looked at', async () => {
        await say('a', { x: 1 }, 'alice')
        const { page, viewer } = show({}, { account: 'alice' })
        views.leave(viewer, true)
        await say('a', { x: 2 }, 'alice')
        const thief = new Line()
        views.resume(readQuery({}), { account: 'bob' }, thief, plain, page)
        const [first] = thief.page.heard
        assert.ok(first?.kind === 'snapshot' && !first.recovered)
        assert.deepEqual([first.rows, first.total, first.epoch === page.epoch], [[], 0, false])
    })

    it('are gone on with for a minute, from where a viewer was', async () => {
        await say('a', { x: 1 })
        const { page, viewer } = show()
        views.leave(viewer, true)
        await say('a', { x: 2 })
        await clock.advanceAsync(59_000)
        const again = new Line(page)
        const back = views.resume(readQuery({}), 'all', again, plain, page)
        assert.deepEqual([again.frames, page.rows.get('a')!.x], [2, 2])
        views.leave(back, true)
        await clock.advanceAsync(61_000)
        assert.equal(views.size, 0)
        const { epoch } = page
        views.resume(readQuery({}), 'all', new Line(page), plain, page)
        assert.notEqual(page.epoch, epoch)
    })

    it('are shown anew to one that missed more than is kept, or has seen what nobody sent', async () => {
        await say('a', { x: 0 })
        const { page, viewer } = show()
        const { epoch, seq } = page
        show()
        views.leave(viewer, true)
        for (let x = 1; x <= 3000; x++) await say('a', { x })
        for (const lost of [seq, 1e9, -1, 0]) {
            const line = new Line()
            views.resume(readQuery({}), 'all', line, plain, { epoch, seq: lost })
            assert.deepEqual([line.frames, line.page.rows.get('a')!.x], [1, 3000])
        }
    })

    it('wait for one that does not read, with no more in memory than its window, and slow nobody', async () => {
        for (let i = 0; i < 50; i++) await say(`d${i}`, { x: 0, y: 0 })
        const [slow, fast] = [show(), show()]
        slow.line.room = 1
        for (let x = 1; x <= 200; x++) await Promise.all(Array.from({ length: 50 }, (_, i) => say(`d${i}`, { x })))
        assert.deepEqual([slow.line.frames, slow.line.refused, slow.line.isWaitedFor], [51, 1, true])
        assert.equal(fast.page.rows.get('d7')!.x, 200)
        slow.line.clear()
        // All of it as it is now, and not one of the two hundred changes of each row.
        assert.equal(slow.line.frames, 51 + 1)
        assert.deepEqual([...slow.page.rows], [...fast.page.rows])
        await say('d7', { x: 201 })
        assert.deepEqual([slow.page.seq, slow.page.rows.get('d7')!.x], [fast.page.seq, 201])
    })

    it('are shown all anew to those who do not keep up, not more often than people can look', async () => {
        await say('a', { x: 0 })
        const slow = show()
        for (let x = 1; x <= 100; x++) {
            slow.line.room = 0
            await say('a', { x })
            slow.line.clear()
        }
        assert.ok(slow.line.frames <= 3, `${slow.line.frames} frames`)
        await clock.advanceAsync(250)
        assert.deepEqual([slow.page.rows.get('a')!.x, slow.page.seq], [100, slow.viewer.view.seq])
    })

    it('are at most two hundred different ones: those that nobody looks at give way, and another one is refused', async () => {
        await say('a', { x: 1 })
        const one = show({ limit: 1 })
        for (let limit = 2; limit <= 200; limit++) show({ limit })
        assert.throws(() => show({ limit: 201 }), refused(503, 'TOO_MANY_VIEWS'))
        show({ limit: 7 })
        views.leave(one.viewer, true)
        assert.deepEqual(show({ limit: 201 }).page.order, ['a'])
        assert.equal(views.size, 200)
    })

    it('show no more than can be written at once, and tell how many there are', async () => {
        const text = (n: number) => `${n}`.padEnd(16_000, 'x')
        for (let n = 0; n < 40; n++) await say(`d${n + 10}`, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, text(n)])))
        const { page } = show()
        assert.equal(page.total, 40)
        assert.ok(page.order.length > 5 && page.order.length < 40, `${page.order.length}`)
        const next = show({ offset: page.order.length }).page
        assert.equal(next.order.length + page.order.length, 40)
        const [first] = next.order
        await fleet.remove('d10')
        await settle()
        assert.deepEqual([page.order.at(-1), page.total], [first, 39])
    })

    it('look only at what concerns them', async () => {
        let looked = 0
        for (let i = 0; i < 100; i++) await say(`d${i}`, { x: i, y: 0 })
        const { page, viewer } = show({ filter: [{ property: 'x', op: '>', value: 50 }], sort: [{ property: 'x' }], limit: 5 })
        const { plan } = viewer.view
        const { matches } = plan
        plan.matches = (row, now) => {
            looked++
            return matches(row, now)
        }
        for (let i = 0; i < 100; i++) await say(`d${i}`, { y: 1 })
        assert.deepEqual([looked, page.heard.length], [0, 6])
    })
})
