import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../../../src/bus/index.ts'
import { type Attempt, jobStore } from '../../../src/jobs/index.ts'
import { Jobs } from '../../../src/jobs/jobs.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import { Refusal } from '../../../src/lib/index.ts'
import type { ModuleContext } from '../../../src/store/module.ts'
import type { Store } from '../../../src/stores.ts'
import { Tasks } from '../../../src/tasks/index.ts'
import { JobWorld } from '../../support/job-world.ts'
import { random } from '../../support/random.ts'
import { refused } from '../../support/refused.ts'

const once = { date: '', timeZone: 'UTC', overlap: 'earlier' } as const

describe('a message for later', () => {
    let world: JobWorld
    afterEach(() => world.clear())

    it('goes to whoever is attached, once, and has succeeded then', async () => {
        world = new JobWorld()
        const { id } = await world.add('', 1000)
        await world.pass(2000)
        assert.equal((await world.get(id)).status, 'due', 'nobody takes messages')
        await world.until(world.delivery.connect(''))
        await world.idle()
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [1, 'succeeded'])
        for (let i = 0; i < 20; i++) await world.add('', 1000)
        await world.pass(1000)
        await world.pass(60_000, 10_000)
        assert.equal(world.messages.length, 21)
    })

    it('goes again if the process ended before it was written down that it went', async () => {
        world = new JobWorld({ isLasting: true })
        await world.until(world.delivery.connect(''))
        const { id } = await world.add('', 1000)
        await world.idle()
        world.store.jobs.mark = () => new Promise(() => {})
        await world.pass(1000)
        assert.equal(world.messages.length, 1)
        await world.kill()
        await world.until(world.delivery.connect(''))
        await world.idle()
        await world.pass(30_000, 5000)
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [2, 'succeeded'])
        assert.equal(await world.story(id), 'scheduled due sent succeeded')
    })

    /** Has nothing written down of what was sent until that is allowed. */
    function holdMarks(): () => void {
        const { jobs } = world.store
        const { mark } = jobs
        const written = Promise.withResolvers<void>()
        jobs.mark = async (...given) => {
            await written.promise
            return await mark.apply(jobs, given)
        }
        return written.resolve
    }

    it('does not go again while it takes long to write down that it went, and what it was like then is on record', async () => {
        world = new JobWorld()
        const write = holdMarks()
        await world.until(world.delivery.connect(''))
        const { id, dueAt } = await world.add('', 1000)
        await world.pass(1000)
        await world.pass(60_000, 5000)
        const record = await world.until(world.store.jobs.get('robots', id))
        assert.deepEqual([world.messages.length, record?.status], [1, 'scheduled'])
        // Whoever asks is told what is so, and not what was written down of it.
        const read = world.get(id)
        write()
        const { status, sentAt, endedAt, lateness } = await read
        assert.deepEqual([status, sentAt, endedAt, lateness], ['succeeded', dueAt, dueAt, 0])
        const history = await world.until(world.jobs.history(id))
        assert.deepEqual(
            history.slice(1).map(({ at, step }) => [at, step]),
            [
                [dueAt, 'due'],
                [dueAt, 'sent'],
                [dueAt, 'succeeded'],
            ],
        )
    })

    it('is not cancelled once it went, though that is not written down yet; nor does it go again when its node is deployed', async () => {
        world = new JobWorld()
        const write = holdMarks()
        await world.until(world.delivery.connect(''))
        const { id } = await world.add('', 1000)
        await world.pass(1000)
        const cancelled = assert.rejects(world.jobs.cancel(id), refused(409, 'JOB_ENDED'))
        world.closing.abort()
        world.closing = new AbortController()
        world.attach()
        await world.until(world.delivery.connect(''))
        await world.pass(60_000, 5000)
        write()
        await world.until(cancelled)
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [1, 'succeeded'])
    })

    for (const act of ['cancel', 'force'] as const)
        it(`that is added and is to ${act} while those are read that are due soon does not go because of that`, async () => {
            world = new JobWorld()
            await world.until(world.delivery.connect(''))
            const { jobs } = world.store
            const { soon } = jobs
            const first = await world.add('', 10_000)
            const [isRead, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
            jobs.soon = async (...given) => {
                const rows = await soon.apply(jobs, given)
                isRead.resolve()
                await go.promise
                return rows
            }
            await world.pass(8100, 100)
            await world.until(isRead.promise)
            const { id } = await world.add('', 1000)
            await world.until(world.jobs[act](id))
            go.resolve()
            await world.pass(60_000, 1000)
            assert.deepEqual(
                world.messages.map(({ job }) => job.id),
                act === 'cancel' ? [first.id] : [id, first.id],
            )
            assert.equal(await world.story(id), act === 'cancel' ? 'scheduled cancelled' : 'scheduled forced sent succeeded')
        })

    it('of which it cannot be written down at all that it went does not go again, and can be cancelled', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        world.store.jobs.mark = () => Promise.reject(new Error('no such column'))
        const { id } = await world.add('', 1000)
        await world.pass(60_000, 1000)
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [1, 'scheduled'])
        assert.match(world.logged.join(), /that the job j1 was sent: no such column/)
        await world.until(world.jobs.cancel(id))
        await world.pass(60_000, 30_000)
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [1, 'cancelled'])
    })

    it('that repeats is cancelled for good although a run of it has just gone', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        const write = holdMarks()
        const { id } = await world.add('', 1000, {}, { cron: '* * * * *', timeZone: 'UTC' })
        await world.pass(1000)
        const cancelled = world.jobs.cancel(id)
        await world.clock.advanceAsync(1)
        write()
        await world.until(cancelled)
        await world.pass(120_000, 10_000)
        assert.equal(world.messages.length, 1)
        assert.deepEqual(await world.until(world.jobs.counts()), { succeeded: 1, cancelled: 1 })
    })

    it('that is in memory does not go when it is cancelled just then, or goes at once when it is forced', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        const [off, now, kept] = [await world.add('', 1000), await world.add('', 1000), await world.add('', 1000)]
        await world.pass(999)
        const { jobs } = world.store
        const { change } = jobs
        const [asked, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        jobs.change = async (given) => {
            if (given.event.type === 'cancel') asked.resolve()
            await written.promise
            return await change.call(jobs, given)
        }
        const done = Promise.all([world.jobs.force(now.id), world.jobs.cancel(off.id)])
        await world.until(asked.promise)
        await world.pass(1)
        assert.equal(world.messages.length, 1)
        written.resolve()
        await world.until(done)
        await world.pass(60_000, 5000)
        assert.deepEqual(world.messages.map(({ job }) => job.id).toSorted(), [now.id, kept.id])
        assert.equal(await world.story(off.id), 'scheduled cancelled')
        assert.equal(await world.story(now.id), 'scheduled forced sent succeeded')
    })

    it('does not go from memory while the store is away, and goes once it is back', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        const all = [await world.add('', 1000), await world.add('', 1500), await world.add('', 20_000)]
        await world.idle()
        const { jobs } = world.store
        const { mark, soon, round } = jobs
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
        Object.assign(jobs, { mark: away, soon: away, round: away })
        await world.pass(30_000, 500)
        assert.equal(world.messages.length, 1)
        await assert.rejects(world.until(world.jobs.cancel(all[0]!.id)), refused(503, 'STORE_UNAVAILABLE'))
        Object.assign(jobs, { mark, soon, round })
        await world.pass(60_000, 1000)
        assert.deepEqual(
            world.messages.map(({ job }) => job.id),
            all.map(({ id }) => id),
        )
        for (const { id } of all) assert.equal((await world.get(id)).status, 'succeeded')
        assert.deepEqual(world.logged, [])
    })

    it('that may be too late after a kill is written down before it goes', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        world.store.jobs.mark = () => assert.fail('they do not go without that')
        for (const policy of [{ misfire: 'skip' }, { misfire: 'grace', grace: 1000 }, { ttl: 1000 }] as const)
            await world.add('', 1000, policy)
        await world.pass(1000)
        assert.equal(world.messages.length, 3)
        assert.deepEqual(world.logged, [])
    })

    it('goes once, whatever happens to it, unless it was cancelled', async () => {
        world = new JobWorld()
        await world.until(world.delivery.connect(''))
        const draw = random(20_261_127)
        const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!
        const ids: string[] = []
        const cancelled = new Set<string>()
        const pending: Promise<unknown>[] = []
        for (let step = 0; step < 150; step++) {
            for (let i = pick([0, 1, 5]); i > 0; i--) ids.push((await world.add('', pick([0, 1, 20, 1500, 5000]))).id)
            const act = pick(['cancel', 'cancel', 'force', 'set', 'deploy', 'wait'] as const)
            const id = pick(ids.slice(-20))
            if (id !== undefined && act === 'cancel') {
                const done = world.jobs.cancel(id).then(() => cancelled.add(id))
                pending.push(done.catch((error: { code: string }) => assert.equal(error.code, 'JOB_ENDED')))
            }
            if (id !== undefined && act === 'force')
                pending.push(world.jobs.force(id).catch((error: { status: number }) => assert.equal(error.status, 409)))
            if (act === 'set') world.clock.jump(pick([-40, -2000, 300, 7000]))
            if (act === 'deploy') {
                world.closing.abort()
                world.closing = new AbortController()
                world.attach()
                await world.until(world.delivery.connect(''))
            }
            if (draw() < 0.5) await world.clock.advanceAsync(pick([1, 20, 400]))
        }
        await world.until(Promise.all(pending))
        await world.pass(60_000, 1000)
        const sent = world.messages.map(({ job }) => job.id)
        assert.equal(new Set(sent).size, sent.length)
        for (const id of ids) {
            const { status, lateness, sentAt, dueAt } = await world.get(id)
            assert.equal(status, cancelled.has(id) ? 'cancelled' : 'succeeded', await world.story(id))
            assert.equal(sent.includes(id), !cancelled.has(id) || (await world.story(id)).includes('sent'), await world.story(id))
            if (status === 'succeeded' && !(await world.story(id)).includes('forced')) assert.equal(lateness, sentAt! - dueAt)
        }
        assert.ok(cancelled.size > 10 && sent.length > 100, `${cancelled.size} ${sent.length}`)
        assert.deepEqual(world.logged, [])
    })

    it('goes once, though two Node-REDs have the store, and a run that is due makes one next run', async () => {
        world = new JobWorld()
        const { clock, store } = world
        const context = (store as unknown as { context: ModuleContext }).context
        const fired: string[] = []
        const onHealth: Store['onHealth'] = (listener, signal) => store.onHealth(listener, signal)
        const parts = { clock, onHealth, random: () => 0, newId: randomUUID, log: (text: string) => void world.logged.push(text) }
        const tasks = new Tasks({ ...parts, repository: store.tasks, ready: (signal) => store.ready(signal) })
        const both = [0, 1].map(
            () => new Jobs({ ...parts, name: 'shared', tasks, repository: jobStore.open(context), bus: new LocalBus(parts) }),
        )
        for (const jobs of both) {
            const send = ({ job }: Attempt): 'sent' => {
                fired.push(job.id)
                return 'sent'
            }
            await world.until(jobs.attach({ send }, {}, world.closing.signal).connect(''))
        }
        const order = { target: '', targetName: '', name: '', payload: 1, dueAt: clock.now() + 60_000, policy: defaultPolicy }
        const adding = Array.from({ length: 200 }, (_, i) =>
            both[i % 2]!.add({ ...order, schedule: i === 0 ? { cron: '0 0 1 1 *', timeZone: 'UTC' } : once }),
        )
        await world.until(Promise.all(adding))
        await world.pass(60_000, 29_000)
        assert.equal(fired.length, 200)
        assert.equal(new Set(fired).size, 200)
        const { succeeded, scheduled } = await world.until(both[0]!.counts())
        assert.deepEqual([succeeded, scheduled], [200, 1])
        assert.deepEqual(world.logged, [])
    })
})
