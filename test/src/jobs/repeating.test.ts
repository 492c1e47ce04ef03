import assert from 'node:assert/strict'
import type { Job } from '../../../src/jobs/job.ts'
import { nextRun } from '../../../src/jobs/schedule.ts'
import { JobWorld } from '../../support/job-world.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin' }

describe('a repeating job', () => {
    let world: JobWorld
    afterEach(() => world.clear())

    /** An hourly job for messages, and how long it is until its first run. */
    async function made(policy = {}, options = {}): Promise<{ first: Job; wait: number }> {
        world = new JobWorld(options)
        await world.until(world.delivery.connect(''))
        const now = world.clock.now()
        const wait = nextRun(hourly, now)! - now
        return { first: await world.add('', wait, policy, hourly), wait }
    }

    const list = async (query = {}) => (await world.until(world.jobs.list(query))).jobs
    const runs = async () => (await list()).map(({ run, series, status }) => ({ run, series, status }))

    it('has its next run made when the present one becomes due', async () => {
        const { first, wait } = await made()
        await world.pass(wait)
        await world.pass(HOUR)
        const series = first.id
        assert.deepEqual(await runs(), [
            { run: 1, series, status: 'succeeded' },
            { run: 2, series, status: 'succeeded' },
            { run: 3, series, status: 'scheduled' },
        ])
        await world.add('', 5 * HOUR)
        assert.equal((await list({ series })).length, 3)
        assert.equal(world.jobs.nextDueAt, first.dueAt + 2 * HOUR)
        assert.deepEqual(
            world.messages.map(({ job }) => job.dueAt),
            [first.dueAt, first.dueAt + HOUR],
        )
    })

    it('is run once for all that was missed, and says how many that were', async () => {
        const { first, wait } = await made({}, { isLasting: true })
        world.closing.abort()
        await world.pass(wait + 5 * HOUR + MINUTE, 2 * HOUR)
        await world.kill()
        await world.until(world.delivery.connect(''))
        await world.idle()
        assert.equal(world.messages.length, 1)
        assert.equal(world.messages[0]!.lateness, 5 * HOUR + MINUTE)
        const history = await world.until(world.jobs.history(first.id))
        assert.equal(history[1]!.reason, '5 more runs were missed')
        const [next] = await list({ status: 'scheduled' })
        assert.deepEqual([next!.dueAt, next!.run], [first.dueAt + 6 * HOUR, 2])
    })

    it('is not run for what was missed if it is to be skipped, and goes on', async () => {
        const { first, wait } = await made({ misfire: 'skip' }, { isLasting: true })
        world.closing.abort()
        await world.pass(wait + MINUTE, wait)
        await world.kill()
        await world.until(world.delivery.connect(''))
        await world.idle()
        const { status, cause, phases } = await world.get(first.id)
        assert.deepEqual([status, cause, phases.schedule, world.messages.length], ['expired', 'MISSED', 'missed', 0])
        await world.pass(HOUR - MINUTE)
        assert.equal(world.messages.length, 1)
    })

    it('ends for good when it is cancelled by the id of any of its runs, or goes on without one of them', async () => {
        const { first, wait } = await made()
        await world.pass(wait)
        const second = (await list({ status: 'scheduled' }))[0]!
        const skipped = await world.until(world.jobs.cancel(second.id, { series: false }))
        assert.equal(skipped.status, 'cancelled')
        const third = (await list({ status: 'scheduled' }))[0]!
        assert.deepEqual([third.run, third.dueAt], [3, first.dueAt + 2 * HOUR])
        const ended = await world.until(world.jobs.cancel(first.id))
        assert.deepEqual([ended.id, ended.status], [third.id, 'cancelled'])
        await world.pass(5 * HOUR, HOUR)
        assert.equal(world.messages.length, 1)
    })

    it('ends with the runs that wait for a robot that is away, too, but for the one that is under way', async () => {
        world = new JobWorld()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', MINUTE, { timeout: 24 * HOUR }, hourly)
        await world.pass(MINUTE)
        robot.leave()
        await world.pass(HOUR)
        const statuses = async () => (await list({ series: id })).map(({ status }) => status)
        assert.deepEqual([...new Set(await statuses())], ['sent', 'due', 'scheduled'])
        await world.until(world.jobs.cancel((await list({ status: 'scheduled' }))[0]!.id))
        const [first, ...rest] = await statuses()
        assert.deepEqual([first, [...new Set(rest)]], ['sent', ['cancelled']])
        await world.until(robot.connect())
        await world.until(robot.say(id, 'succeeded'))
        await world.pass(3 * HOUR, HOUR)
        assert.equal(robot.arrivals.length, 1)
    })

    it('has one run wait for a robot that is away, and says of the others why they were left out', async () => {
        world = new JobWorld()
        const { id } = await world.add('r', MINUTE, { timeout: 24 * HOUR }, hourly)
        await world.pass(MINUTE)
        await world.pass(5 * HOUR, HOUR)
        const runs = await list({ series: id })
        assert.deepEqual(
            runs.map(({ run, status, cause }) => [run, status, cause]),
            [[1, 'due', null], ...[2, 3, 4, 5, 6].map((run) => [run, 'expired', 'MISSED']), [7, 'scheduled', null]],
        )
        assert.equal(runs[1]!.reason, 'the run before it still waits to be sent')
        const robot = world.robot('r')
        await world.until(robot.connect())
        await world.idle()
        await world.until(robot.say(id, 'succeeded'))
        await world.pass(HOUR)
        assert.deepEqual(
            robot.arrivals.map((one) => one.id),
            [id, runs[6]!.id],
        )
    })

    it('is run once more beside its plan, or in place of its next run, when it is forced', async () => {
        const { first } = await made()
        const extra = await world.until(world.jobs.force(first.id))
        assert.notEqual(extra.id, first.id)
        await world.idle()
        assert.deepEqual([world.messages.length, (await world.get(first.id)).status], [1, 'scheduled'])
        const own = await world.until(world.jobs.force(first.id, { schedule: 'consume' }))
        assert.equal(own.id, first.id)
        await world.idle()
        assert.equal(world.messages.length, 2)
        const [next] = await list({ status: 'scheduled' })
        assert.deepEqual([next!.dueAt, next!.series], [first.dueAt + HOUR, first.id])
    })

    it('is never due twice at the same time, however the clock is set', async () => {
        const { first, wait } = await made()
        await world.pass(wait)
        for (const ms of [-HOUR, 2 * HOUR, -3 * HOUR, HOUR]) {
            world.clock.jump(ms)
            await world.pass(31_000)
        }
        await world.pass(4 * HOUR, HOUR / 2)
        const times = world.messages.map(({ job }) => job.dueAt)
        assert.equal(new Set(times).size, times.length)
        assert.deepEqual(times, times.toSorted())
        assert.ok(times.length >= 3, String(times.map((at) => (at - first.dueAt) / HOUR)))
    })
})

describe('what fell due while nobody was there', () => {
    let world: JobWorld
    afterEach(() => world.clear())

    it('is run, skipped, or run within a time of grace, as each says; and told once', async () => {
        world = new JobWorld({ isLasting: true })
        const policies = [
            {},
            { misfire: 'skip' },
            { misfire: 'grace', grace: 2 * HOUR },
            { misfire: 'grace', grace: MINUTE },
            { ttl: MINUTE },
        ] as const
        const jobs: Job[] = []
        for (const policy of policies) jobs.push(await world.add('', HOUR, policy))
        const later = await world.add('', 10 * HOUR)
        world.closing.abort()
        await world.pass(2 * HOUR, HOUR)
        await world.kill()
        await world.until(world.delivery.connect(''))
        await world.idle()
        const ends = await Promise.all(jobs.map(({ id }) => world.get(id)))
        assert.deepEqual(
            ends.map(({ status, cause }) => `${status} ${cause}`),
            ['succeeded null', 'expired MISSED', 'succeeded null', 'expired MISSED', 'expired TOO_LATE'],
        )
        assert.deepEqual(world.restarts, [{ due: 5, run: 2, skipped: 3 }])
        await world.pass(9 * HOUR, HOUR)
        assert.equal((await world.get(later.id)).status, 'succeeded')
        assert.equal(world.restarts.length, 1)
    })

    it('is sent although it is to be skipped, if the restart was short', async () => {
        world = new JobWorld({ isLasting: true })
        const { id } = await world.add('', 1000, { misfire: 'skip' })
        world.closing.abort()
        await world.pass(5000)
        await world.kill()
        await world.until(world.delivery.connect(''))
        await world.idle()
        assert.equal((await world.get(id)).status, 'succeeded')
    })
})
