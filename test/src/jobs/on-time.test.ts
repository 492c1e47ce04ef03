import assert from 'node:assert/strict'
import { DueSoon } from '../../../src/jobs/due-soon.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import type { JobRepository } from '../../../src/jobs/repository.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { JobWorld } from '../../support/job-world.ts'
import { random } from '../../support/random.ts'
import { onPostgres } from '../store/open.ts'

/** Milliseconds after which a job that is due must have been looked at: less than the sweep that finds all, more than the pause after a failure. */
const LATE = 4000
const [SEEDS, STEPS] = [onPostgres ? 5 : 30, 120]
const ROBOTS = ['r1', 'r2']

/** Jobs that are due, while all kinds of things happen. */
class Bustle {
    readonly world = new JobWorld({ inFlight: 1000 })
    readonly #draw: () => number
    readonly #ids: string[] = []
    /** Since when a job is known to be due, by the monotonic clock. */
    readonly #dueSince = new Map<string, number>()
    readonly #pending: Promise<unknown>[] = []
    #second: AbortController | undefined
    /** When the store last failed. */
    #failedAt = 0

    constructor(seed: number) {
        this.#draw = random(seed)
    }

    #pick<T>(list: readonly T[]): T {
        return list[Math.floor(this.#draw() * list.length)]!
    }

    async connect(): Promise<void> {
        const { world } = this
        await this.#until(Promise.all([world.delivery.connect(''), ...ROBOTS.map((robot) => world.robot(robot).connect())]))
    }

    async step(): Promise<void> {
        const { world } = this
        const { clock } = world
        // Hardly any, so that nothing else wakes us by chance.
        if (this.#draw() < 0.3) this.#add()
        const id = this.#pick(this.#ids.slice(-20))
        const act = this.#pick(['cancel', 'cancel', 'force', 'fail', 'fail', 'fail', 'set', 'step', 'second', 'deploy'] as const)
        if (act === 'cancel' && id) this.#ask(world.jobs.cancel(id))
        if (act === 'force' && id) this.#ask(world.jobs.force(id))
        if (act === 'fail') this.#fail(this.#pick(['mark', 'soon', 'round', 'change', 'add']))
        if (act === 'set') {
            clock.jump(this.#pick([-7_200_000, -9000, -40, 300, 7000, 7_200_000]))
            world.jobs.clockSet()
        }
        if (act === 'step') clock.jump(this.#pick([-400, 400]))
        if (act === 'deploy' && this.#draw() < 0.2) await this.#deploy()
        if (act === 'second') this.#attachSecond()
        await clock.advanceAsync(this.#pick([0, 1, 20, 400, 2000]))
        await this.check()
    }

    #add(): void {
        const { jobs, clock } = this.world
        const target = this.#pick(['', '', ...ROBOTS])
        const dueAt = clock.now() + this.#pick([0, 1, 20, 700, 1500, 2500, 3500, 9000])
        const schedule = { date: '15-7', time: '9:00', timeZone: 'UTC', overlap: 'earlier' as const }
        const order = { target, targetName: target, name: '', payload: 1, schedule, dueAt, policy: defaultPolicy }
        this.#ask(jobs.add(order).then(({ id }) => this.#ids.push(id)))
    }

    /** What is refused does not matter here. */
    #ask(asked: Promise<unknown>): void {
        this.#pending.push(asked.catch((error) => assert.ok(error instanceof Refusal, String(error))))
    }

    /** The store fails once. */
    #fail(what: 'mark' | 'soon' | 'round' | 'change' | 'add'): void {
        const { clock, store } = this.world
        if (clock.monotonic() - this.#failedAt < LATE) return
        this.#failedAt = clock.monotonic()
        const { jobs } = store
        const own = jobs[what]
        const failing = () => {
            Object.assign(jobs, { [what]: own })
            this.#failedAt = clock.monotonic()
            return away()
        }
        Object.assign(jobs, { [what]: failing } as Partial<JobRepository>)
    }

    async #deploy(): Promise<void> {
        const { world } = this
        world.closing.abort()
        world.closing = new AbortController()
        world.attach()
        await this.connect()
    }

    #attachSecond(): void {
        this.#second?.abort()
        this.#second = this.#second ? undefined : new AbortController()
        if (this.#second) this.world.jobs.attach({ send: () => 'away' }, {}, this.#second.signal)
    }

    /** All goes on until there is nothing more to do, and all that was asked for is answered. */
    async end(): Promise<void> {
        for (let i = 0; i < 20; i++) {
            await this.world.clock.advanceAsync(2000)
            await this.check()
        }
        await this.#until(Promise.all(this.#pending))
    }

    /** What a promise resolves with, while time goes on. */
    async #until<T>(promise: Promise<T>): Promise<T> {
        let isDone = false
        const end = () => {
            isDone = true
        }
        promise.then(end, end)
        for (let i = 0; !isDone; i++) {
            assert.ok(i < 1000, 'no end of it')
            await this.world.pass(20, 20, 1)
        }
        return await promise
    }

    /** Nothing is due for long that nobody has looked at. */
    async check(): Promise<void> {
        const { world } = this
        const { clock } = world
        await world.idle()
        const { jobs } = await world.until(world.jobs.list({ status: 'scheduled', limit: 500 }))
        const due = jobs.filter(({ dueAt }) => dueAt <= clock.now())
        const since = new Map(due.map(({ id }) => [id, this.#dueSince.get(id) ?? clock.monotonic()]))
        this.#dueSince.clear()
        for (const [id, at] of since) {
            this.#dueSince.set(id, at)
            const late = clock.monotonic() - Math.max(at, this.#failedAt)
            assert.ok(late < LATE, `${id} has been due for ${late} ms, and nobody has looked at it`)
        }
    }
}

const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))

describe('a message that is added', () => {
    let world: JobWorld
    beforeEach(async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
    })
    afterEach(() => world.clear())

    async function goesOnTime(): Promise<void> {
        const { id, dueAt } = await world.add('', 1500)
        await world.pass(1600, 100)
        const { status, sentAt } = await world.get(id)
        assert.deepEqual([status, sentAt], ['succeeded', dueAt])
    }

    it('is on time after somebody could not change another', async () => {
        const { id } = await world.add('', 3_600_000)
        await world.idle()
        const { jobs } = world.store
        const { change } = jobs
        jobs.change = away
        await assert.rejects(world.until(world.jobs.cancel(id)))
        jobs.change = change
        await goesOnTime()
    })

    it('is on time after it could not be written down that another went', async () => {
        await world.add('', 100)
        const { jobs } = world.store
        const { mark } = jobs
        jobs.mark = away
        await world.pass(200, 50)
        jobs.mark = mark
        await goesOnTime()
    })

    it('is on time after the clock was set forward without our being told', async () => {
        await world.add('', 25_000)
        await world.pass(1000)
        world.clock.jump(60_000)
        await goesOnTime()
    })

    it('takes the place of one that is due later when no more may be in memory', async () => {
        const ids = await Promise.all([2000, 1500, 1000, 500].map(async (ms) => (await world.add('', ms)).id))
        const rows = await Promise.all(ids.map((id) => world.until(world.store.jobs.get('robots', id))))
        const soon = new DueSoon(new Map(), 2)
        const now = world.clock.now()
        await soon.load(now, 500, () => Promise.resolve([]))
        for (const job of rows) soon.add(job!, now)
        assert.deepEqual([soon.take(now + 5000)?.record.id, soon.take(now + 5000)?.record.id], [ids[3], ids[2]])
        assert.deepEqual([soon.take(now + 5000), soon.end.dueAt], [undefined, rows[1]!.dueAt])
    })
})

describe('a job that is due', function () {
    this.timeout(30_000)
    let bustle: Bustle
    afterEach(() => bustle.world.clear())

    for (let seed = 1; seed <= SEEDS; seed++)
        it(`is looked at within moments, whatever happens (${seed})`, async () => {
            bustle = new Bustle(seed)
            await bustle.connect()
            for (let i = 0; i < STEPS; i++) await bustle.step()
            await bustle.end()
            assert.ok(bustle.world.messages.length > 5)
        })
})
