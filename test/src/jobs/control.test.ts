import assert from 'node:assert/strict'
import { checkCapacity } from '../../../src/jobs/capacity.ts'
import type { Job } from '../../../src/jobs/job.ts'
import { entryOf } from '../../../src/jobs/view.ts'
import { JobWorld } from '../../support/job-world.ts'
import { refused } from '../../support/refused.ts'

const HOUR = 3_600_000
describe('somebody', () => {
    let world: JobWorld
    const made = (options?: ConstructorParameters<typeof JobWorld>[0]) => {
        world = new JobWorld(options)
        return world
    }
    afterEach(() => world.clear())

    it('cancels a job that has not been sent', async () => {
        const { id } = await made().add('r', HOUR)
        const job = await world.until(world.jobs.cancel(id, { by: 'me' }))
        assert.deepEqual([job.status, job.phases.schedule, job.reason], ['cancelled', 'withdrawn', 'by me'])
        await world.until(world.robot('r').connect())
        await world.pass(HOUR)
        assert.deepEqual(world.robot('r').arrivals, [])
        await assert.rejects(world.until(world.jobs.cancel(id)), refused(409, 'JOB_ENDED'))
        await assert.rejects(world.until(world.jobs.cancel('none')), refused(404, 'JOB_NOT_FOUND'))
    })

    it('cancels one that is under way: its robot is asked first, and what it says counts', async () => {
        made({ inFlight: 4 })
        const robot = world.robot('r')
        await world.until(robot.connect())
        const all = [await world.add('r', 0), await world.add('r', 0), await world.add('r', 0), await world.add('r', 0)]
        await world.idle()
        for (const { id } of all) {
            const job = await world.until(world.jobs.cancel(id))
            assert.deepEqual([job.status, job.cancelling, job.phases.execution], ['sent', true, 'cancelling'])
            assert.equal((await world.until(world.jobs.cancel(id))).cancelling, true, 'twice is once')
        }
        assert.deepEqual(
            robot.asked,
            all.map(({ id }) => id),
        )
        const [ends, done, fails, mute] = all.map(({ id }) => id) as [string, string, string, string]
        await world.until(robot.say(ends, 'cancelled'))
        await world.until(robot.say(done, 'succeeded'))
        await world.until(robot.say(fails, 'failed'))
        await world.pass(9999)
        const of = async (id: string) => {
            const { status, cause } = await world.get(id)
            return [status, cause]
        }
        assert.deepEqual(await of(ends), ['cancelled', 'CANCELLED'])
        assert.deepEqual(await of(done), ['succeeded', null])
        assert.deepEqual(await of(fails), ['cancelled', 'CANCELLED'])
        assert.deepEqual(await of(mute), ['sent', null])
        await world.pass(1)
        assert.deepEqual(await of(mute), ['cancelled', 'FORCED'])
        assert.equal((await world.until(robot.say(mute, 'succeeded'))).reason, 'late')
    })

    it('cancels one that is under way at a robot that cannot be asked', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0)
        await world.idle()
        robot.leave()
        const { status, cause } = await world.until(world.jobs.cancel(id))
        assert.deepEqual([status, cause], ['cancelled', 'FORCED'])
        const { drop } = await world.until(robot.connect())
        assert.deepEqual(drop, [{ jobId: id, fence: 1, reason: 'ended' }])
    })

    it('has a job run before its time', async () => {
        const { id } = await made().add('r', HOUR)
        const robot = world.robot('r')
        await world.until(robot.connect())
        const forced = await world.until(world.jobs.force(id))
        assert.deepEqual([forced.status, forced.forced], ['due', true])
        await world.idle()
        assert.deepEqual([robot.arrivals.length, (await world.get(id)).lateness], [1, 0])
        await assert.rejects(world.until(world.jobs.force(id)), refused(409, 'JOB_SENT'))
        await world.until(robot.say(id, 'succeeded'))
        await assert.rejects(world.until(world.jobs.force(id)), refused(409, 'JOB_ENDED'))
        await assert.rejects(world.until(world.jobs.retry(id)), refused(409, 'JOB_ENDED'))
        await world.pass(2 * HOUR)
        assert.equal(robot.arrivals.length, 1)
    })

    it('has a job tried at once that waits for its next attempt', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { backoff: HOUR })
        await world.idle()
        await world.until(robot.say(id, 'failed'))
        await world.until(world.jobs.force(id))
        await world.idle()
        assert.equal(robot.arrivals.length, 2)
    })

    it('has a job tried again that has failed, expired or was cancelled', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { attempts: 1, ttl: HOUR })
        await world.idle()
        await assert.rejects(world.until(world.jobs.retry(id)), refused(409, 'JOB_NOT_ENDED'))
        await world.until(robot.say(id, 'failed', { text: 'no', value: 1 }))
        await world.pass(2 * HOUR)
        const again = await world.until(world.jobs.retry(id))
        assert.deepEqual([again.status, again.attempt, again.reason, again.endedAt, again.value], ['due', 0, null, null, undefined])
        await world.idle()
        assert.deepEqual(
            robot.arrivals.map(({ fence, attempt }) => [fence, attempt]),
            [
                [1, 1],
                [2, 1],
            ],
        )
        await world.until(robot.say(id, 'succeeded'))
        assert.equal((await world.get(id)).status, 'succeeded')
    })

    it('removes a job that has ended, with its history, and what ended long ago goes by itself', async () => {
        made({ isLasting: true, settings: { retention: -1000 } })
        const { id } = await world.add('r', HOUR)
        await assert.rejects(world.until(world.jobs.remove(id)), refused(409, 'JOB_NOT_ENDED'))
        await world.until(world.jobs.cancel(id))
        await world.until(world.jobs.remove(id))
        assert.deepEqual(await world.until(world.jobs.history(id)), [])
        await assert.rejects(world.until(world.jobs.remove(id)), refused(404, 'JOB_NOT_FOUND'))
        const [old, waits] = [await world.add('r', HOUR), await world.add('r', HOUR)]
        await world.until(world.jobs.cancel(old.id))
        await world.kill()
        assert.deepEqual([await world.get(old.id), await world.until(world.jobs.history(old.id))], [undefined, []])
        assert.equal((await world.get(waits.id)).status, 'scheduled')
    })

    it('runs a job again as often as is wanted: its history does not grow for ever, and has how it ended', async () => {
        const { id } = await made().add('r', HOUR)
        const by = 'x'.repeat(1000)
        for (let i = 0; i < 60; i++) {
            await world.until(world.jobs.cancel(id, { by }))
            await world.until(world.jobs.retry(id, { by }))
        }
        await world.until(world.jobs.cancel(id, { by: 'me' }))
        const history = await world.until(world.jobs.history(id))
        assert.ok(history.length > 10 && history.length < 110, String(history.length))
        assert.deepEqual([history[0]!.step, history.at(-1)!.reason], ['scheduled', 'by me'])
    })

    it('lists jobs by status, robot and time, page by page', async () => {
        made()
        const now = world.clock.now()
        for (let i = 0; i < 25; i++) await world.add(`r${i % 3}`, HOUR + (i % 7) * 1000)
        await world.until(world.jobs.cancel('j3'))
        const all = async (query: Record<string, unknown>) => {
            const pages: Job[][] = []
            let cursor: string | undefined
            do {
                const page = await world.until(world.jobs.list({ limit: 10, ...query, cursor }))
                pages.push(page.jobs)
                cursor = page.next
            } while (cursor)
            return pages
        }
        const pages = await all({})
        assert.deepEqual(
            pages.map(({ length }) => length),
            [10, 10, 5],
        )
        const times = pages.flat().map(({ dueAt }) => dueAt)
        assert.deepEqual(times, times.toSorted())
        assert.equal(new Set(pages.flat().map(({ id }) => id)).size, 25)
        const back = (await all({ order: 'desc' })).flat().map(({ id }) => id)
        assert.deepEqual(
            back.toReversed(),
            pages.flat().map(({ id }) => id),
        )
        const count = async (query: Record<string, unknown>) => (await all(query)).flat().length
        assert.deepEqual(
            [await count({ status: 'cancelled' }), await count({ status: 'cancelled,scheduled' }), await count({ status: ['failed'] })],
            [1, 25, 0],
        )
        assert.deepEqual([await count({ target: 'r1' }), await count({ from: now + HOUR + 2000, to: now + HOUR + 4000 })], [8, 8])
        // As `?robot[toString]=1` is read.
        const trap = { toString: '1' }
        for (const query of [{ target: trap }, { series: trap }, { status: trap }, { cursor: trap }, { target: ['r1', 'r2'] }])
            await assert.rejects(world.jobs.list(query), refused(422, 'BAD_INPUT'))
        for (const query of [{ status: 'late' }, { from: 'x' }, { limit: 0 }, { limit: 1001 }, { cursor: 'x' }, { order: 'up' }])
            await assert.rejects(world.jobs.list(query), refused(422, 'BAD_INPUT'))
        assert.deepEqual(await world.until(world.jobs.counts()), { scheduled: 24, cancelled: 1 })
    })

    it('adds no more jobs than there may be', async () => {
        made({ isLasting: true, settings: { most: 2 } })
        const [first] = [await world.add('r', HOUR), await world.add('r', HOUR)]
        await assert.rejects(world.add('r', HOUR), refused(429, 'TOO_MANY_JOBS'))
        await world.until(world.jobs.cancel(first.id))
        await world.add('r', HOUR)
        await world.kill()
        await assert.rejects(world.add('r', HOUR), refused(429, 'TOO_MANY_JOBS'))
    })

    it('adds no more large jobs than there may be, though small ones still', () => {
        checkCapacity(16_383, 'x'.repeat(65_536))
        checkCapacity(999_999, 'x'.repeat(4096))
        for (const [open, length] of [
            [16_384, 4097],
            [1_000_000, 1],
        ] as const)
            assert.throws(() => checkCapacity(open, 'x'.repeat(length)), refused(429, 'TOO_MANY_JOBS'))
    })

    it('lists large jobs without what they hold, but for the path of a package', async () => {
        made()
        const large = { path: 'a/b', note: 'x'.repeat(60_000) }
        for (let i = 0; i < 150; i++) await world.add('r', HOUR + i, {}, undefined, large)
        await world.add('', HOUR + 150, {}, undefined, large)
        const { jobs, next } = await world.until(world.jobs.list({ limit: 1000 }))
        assert.deepEqual([jobs.length, next], [151, undefined])
        assert.ok(JSON.stringify(jobs).length < 151 * 1500)
        assert.deepEqual(entryOf(jobs[0]!), {
            ...entryOf((await world.get(jobs[0]!.id))!),
            package: { package_name: 'package', path: 'a/b' },
        })
    })
})
