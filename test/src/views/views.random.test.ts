import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { answerTo, plan, type Scope } from '../../../src/fleet/plan.ts'
import { type Query, readQuery } from '../../../src/fleet/query.ts'
import type { Clock } from '../../../src/lib/index.ts'
import type { ViewEvent } from '../../../src/views/view-event.ts'
import type { Viewer } from '../../../src/views/viewer.ts'
import { Views } from '../../../src/views/views.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'
import { finished, forgetful } from '../fleet/memory.ts'
import { Line, plain } from './page.ts'

const update = { register: true, history: false }

interface Watching {
    query: Query
    scope: Scope
    line: Line
    viewer: Viewer
    /** Those that are stuck now and then are shown all anew. */
    isSlow: boolean
}

/** A clock by which all work takes long: whatever may be put off is. */
class BusyClock implements Clock {
    readonly #clock: Clock
    #took = 0

    constructor(clock: Clock) {
        this.#clock = clock
    }

    now = () => this.#clock.now()
    after = (ms: number, run: () => void) => this.#clock.after(ms, run)

    monotonic(): number {
        this.#took += 4
        return this.#clock.monotonic() + this.#took
    }
}

/** Milliseconds within which those that had been stuck are shown all anew. */
const SHOWN_ANEW = 250

const isWhole = (event: ViewEvent) => event.kind === 'snapshot' && !event.recovered

/** More turns than there is work. */
const TURNS = 400

/** Devices that say random things at random times, and pages that watch them. */
class World {
    readonly clock = new FakeClock()
    readonly fleet: Fleet
    readonly views: Views
    readonly watching: Watching[] = []
    readonly closing = new AbortController()
    readonly next: () => number
    #epoch = 0

    constructor(seed: number, isBusy = false) {
        const clock = isBusy ? new BusyClock(this.clock) : this.clock
        this.next = random(seed)
        this.fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: (text) => assert.fail(text) })
        this.views = new Views({ fleet: this.fleet, clock: this.clock, newId: () => `e${this.#epoch++}` })
        this.views.use(this.closing.signal)
    }

    pick<T>(list: readonly T[]): T {
        return list[Math.floor(this.next() * list.length)]!
    }

    query(): Query {
        const filters = [
            { property: 'a', op: '>', value: '4' },
            { property: 'b', op: 'contains', value: 'x' },
            { property: 'serial_number', op: 'contains', value: '1' },
            { property: 'a', op: '!=', value: 3 },
            { op: 'silent', value: 5 },
            { op: 'silent', value: 20 },
        ]
        const sorts = [
            { property: 'a', direction: 'asc', as: 'number' },
            { property: 'a', direction: 'desc' },
            { property: 'b', direction: 'desc', as: 'text' },
            { property: 'c' },
            { property: 'last_status_update', direction: 'desc', as: 'date' },
        ]
        return readQuery({
            filter: filters.filter(() => this.next() < 0.25),
            sort: sorts.filter(() => this.next() < 0.3),
            offset: this.next() < 0.3 ? Math.floor(this.next() * 6) : 0,
            limit: this.next() < 0.6 ? 1 + Math.floor(this.next() * 8) : undefined,
        })
    }

    join(isSlow: boolean): void {
        const query = this.query()
        const scope: Scope = this.next() < 0.5 ? 'all' : { account: this.pick(['alice', 'bob']) }
        const line = new Line()
        this.watching.push({ query, scope, line, isSlow, viewer: this.views.show(query, scope, line, plain) })
    }

    /** A connection that breaks and comes back after a while. */
    reconnect(watcher: Watching): () => void {
        this.views.leave(watcher.viewer, true)
        return () => {
            const { page } = watcher.line
            watcher.line = new Line(page)
            watcher.viewer = this.views.resume(watcher.query, watcher.scope, watcher.line, plain, page)
        }
    }

    async act(): Promise<void> {
        const chance = this.next()
        const id = `d${Math.floor(this.next() * 16)}`
        if (chance < 0.03) return void (await this.fleet.remove(id))
        const account = this.fleet.rows.get(id)?.owner ?? this.pick(['alice', 'bob', null])
        const set: Record<string, unknown> = {}
        if (this.next() < 0.5) set.a = this.pick([1, 2, 3, 4, 5, 6, '7', 'text', null, '12'])
        if (this.next() < 0.3) set.b = this.pick(['x', 'y', 'Xy', 'ä', 'z', true])
        if (this.next() < 0.2) set.c = this.pick([{ deep: [1] }, 5, 'c'])
        if (this.next() < 0.02) set[`new${Math.floor(this.next() * 5)}`] = 1
        // In one burst two of different accounts may be the first to speak for it: one of them is refused.
        await this.fleet.update(id, set, { ...update, owner: account }).catch((error) => assert.equal(error.code, 'FOREIGN_DEVICE'))
    }

    check({ query, scope, line: { page } }: Watching): void {
        const wanted = plan(query, scope)
        const { rows, total } = finished(answerTo(this.fleet, wanted, this.clock.monotonic()))
        assert.deepEqual(
            page.order,
            rows.map(({ id }) => id),
        )
        assert.equal(page.total, total)
        for (const { id, columns } of rows) {
            const seen = page.rows.get(id)!
            const { last_status_update: now, ...truth } = columns
            const { last_status_update: then, ...shown } = seen
            assert.deepEqual(shown, { ...truth })
            assert.ok(wanted.uses.has('last_status_update') ? then === now : String(then) <= String(now))
            for (const name of Object.keys(columns)) assert.ok(page.columns.includes(name), name)
        }
    }
}

describe('pages that watch a fleet', () => {
    for (let seed = 1; seed <= 3; seed++)
        it(`have in the end what the query gives, however little time there is for them, in world ${seed}`, async () => {
            const world = new World(seed, true)
            for (let i = 0; i < 12; i++) world.join(i % 3 === 0)
            for (let round = 0; round < 400; round++) {
                await Promise.all(Array.from({ length: world.next() < 0.2 ? 10 : 1 }, () => world.act()))
                if (world.next() < 0.1) await world.clock.advanceAsync(Math.floor(world.next() * 7000))
                if (world.next() < 0.1) world.reconnect(world.pick(world.watching))()
                for (let turns = Math.floor(world.next() * 4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
                if (round % 20 < 19) continue
                for (let turns = 0; turns < TURNS; turns++) await new Promise((resolve) => setImmediate(resolve))
                for (const watcher of world.watching) world.check(watcher)
            }
            world.closing.abort()
            assert.deepEqual([world.views.size, world.clock.pending], [0, 0])
        })

    for (let seed = 1; seed <= 12; seed++)
        it(`always have what the query gives when asked anew, in world ${seed}`, async () => {
            const world = new World(seed)
            for (let i = 0; i < 12; i++) world.join(i % 3 === 0)
            for (let round = 0; round < 400; round++) {
                const isBurst = world.next() < 0.2
                const acts = Array.from({ length: isBurst ? 10 : 1 }, () => world.act())
                for (const watcher of world.watching)
                    if (watcher.isSlow && world.next() < 0.2) watcher.line.room = Math.floor(world.next() * 4)
                await Promise.all(acts)
                if (world.next() < 0.3) await world.clock.advanceAsync(Math.floor(world.next() * 7000))
                await new Promise((resolve) => setImmediate(resolve))
                const away = world.next() < 0.1 ? world.pick(world.watching) : undefined
                if (away && !away.line.isWaitedFor) {
                    const back = world.reconnect(away)
                    for (let i = Math.floor(world.next() * 5); i > 0; i--) await world.act()
                    back()
                }
                for (const watcher of world.watching)
                    if (watcher.isSlow && world.next() < 0.3) watcher.line.clear(Math.floor(world.next() * 12))
                await new Promise((resolve) => setImmediate(resolve))
                await world.clock.advanceAsync(SHOWN_ANEW)
                for (const watcher of world.watching) if (!watcher.line.isWaitedFor) world.check(watcher)
            }
            for (const { line } of world.watching) line.clear()
            await world.clock.advanceAsync(SHOWN_ANEW)
            for (const watcher of world.watching) world.check(watcher)
            const heard = world.watching.flatMap(({ line }) => line.page.heard)
            for (const kind of ['upsert', 'remove', 'move', 'count', 'columns'])
                assert.ok(
                    heard.some((event) => event.kind === kind),
                    kind,
                )
            assert.ok(heard.some((event) => event.kind === 'snapshot' && event.recovered))
            assert.ok(world.watching.some(({ line }) => line.page.heard.filter(isWhole).length > 1))
            world.closing.abort()
            assert.deepEqual([world.views.size, world.clock.pending], [0, 0])
        })
})
