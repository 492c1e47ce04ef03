import assert from 'node:assert/strict'
import type { Answer, Job } from '../../../src/jobs/job.ts'
import { JobWorld } from '../../support/job-world.ts'
import { refused } from '../../support/refused.ts'

const HOUR = 3_600_000
describe('a job', () => {
    let world: JobWorld
    const made = (options?: ConstructorParameters<typeof JobWorld>[0]) => {
        world = new JobWorld(options)
        return world
    }
    afterEach(() => world.clear())

    it('is sent when it is due, and ends as its robot says', async () => {
        const { clock } = made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const planned = await world.add('r', HOUR)
        assert.deepEqual([planned.status, planned.dueAt, planned.phases.schedule], ['scheduled', clock.now() + HOUR, 'scheduled'])
        await world.pass(HOUR - 1)
        assert.deepEqual(robot.arrivals, [])
        await world.pass(1)
        assert.deepEqual(robot.arrivals, [{ id: planned.id, fence: 1, attempt: 1, at: planned.dueAt }])
        assert.equal((await world.get(planned.id)).phases.delivery, 'sent')
        const { job } = await world.until(robot.say(planned.id, 'running', { progress: 30, text: 'half of it' }))
        assert.deepEqual(job!.progress, { percent: 30, text: 'half of it', at: clock.now() })
        const { taken } = await world.until(robot.say(planned.id, 'succeeded', { text: 'fine', value: { parts: 3 } }))
        const ended = await world.get(planned.id)
        assert.deepEqual(
            [taken, ended.status, ended.reason, ended.value, ended.lateness, ended.endedAt],
            [true, 'succeeded', 'fine', { parts: 3 }, 0, clock.now()],
        )
        assert.equal(await world.story(planned.id), 'scheduled due sent running succeeded')
        assert.deepEqual(
            world.ended.map(({ id }) => id),
            [planned.id],
        )
        assert.deepEqual(
            world.steps.map(({ step }) => step),
            ['scheduled', 'due', 'sent', 'running', 'succeeded'],
        )
        assert.deepEqual(world.logged, [])
    })

    it('waits for a robot that is away, and says how late it was', async () => {
        const { id } = await made().add('r', 1000)
        await world.pass(HOUR)
        assert.equal((await world.get(id)).status, 'due')
        await world.until(world.robot('r').connect())
        await world.idle()
        const job = await world.get(id)
        assert.deepEqual([job.status, job.lateness], ['sent', HOUR - 1000])
        const history = await world.until(world.jobs.history(id))
        assert.equal(history.at(-1)!.lateness, HOUR - 1000)
    })

    it('that did not leave goes back to those that wait, and that is no attempt', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        robot.take = () => 'away'
        const { id } = await world.add('r', 0)
        await world.idle()
        const job = await world.get(id)
        assert.deepEqual([job.status, job.attempt, job.fence, job.phases.delivery, job.sentAt], ['due', 0, 1, 'held', null])
        robot.take = () => 'confirmed'
        await world.pass(HOUR)
        assert.equal(robot.arrivals.length, 1, 'it has to connect first')
        await world.until(robot.connect())
        await world.idle()
        assert.equal((await world.get(id)).phases.delivery, 'confirmed')
        assert.equal(await world.story(id), 'scheduled due sent away sent confirmed')
    })

    it('is sent in the order in which jobs are due, one at a time, those of a higher priority first', async () => {
        made()
        const robot = world.robot('r')
        const names: Record<string, string> = {}
        for (const [name, ms, priority] of [
            ['c', 3000, 0],
            ['a', 1000, 0],
            ['b', 2000, 0],
            ['first', 4000, 5],
            ['last', 500, -5],
        ] as const)
            names[(await world.add('r', ms, { priority })).id] = name
        await world.pass(5000)
        await world.until(robot.connect())
        for (let i = 0; i < 5; i++) {
            await world.idle()
            assert.equal(robot.running.size, 1)
            await world.until(robot.say(robot.arrivals.at(-1)!.id, 'succeeded'))
        }
        assert.deepEqual(
            robot.arrivals.map(({ id }) => names[id]),
            ['first', 'a', 'b', 'c', 'last'],
        )
    })

    it('is sent beside others as far as the limit goes, and not faster than it may', async () => {
        made({ inFlight: 3, spacing: 100 })
        const robot = world.robot('r')
        for (let i = 0; i < 5; i++) await world.add('r', 0)
        await world.until(robot.connect())
        const counts: number[] = []
        for (let i = 0; i < 5; i++) {
            await world.pass(i === 0 ? 1 : 100)
            counts.push(robot.running.size)
        }
        assert.deepEqual(counts, [1, 2, 3, 3, 3])
    })

    it('is released within the jitter when its robot comes back', async () => {
        made({ jitter: 1000 })
        world.random = () => 0.5
        await world.add('r', 0)
        await world.until(world.robot('r').connect())
        await world.pass(499)
        assert.equal(world.robot('r').arrivals.length, 0)
        await world.pass(1)
        assert.equal(world.robot('r').arrivals.length, 1)
    })

    it('that fails is sent again with backoff, up to its limit', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { attempts: 3, backoff: 1000 })
        await world.idle()
        for (const wait of [1000, 2000]) {
            await world.until(robot.say(id, 'failed', { text: 'no paper' }))
            await world.pass(wait - 1)
            assert.equal((await world.get(id)).status, 'due')
            await world.pass(1)
            assert.equal((await world.get(id)).status, 'sent')
        }
        await world.until(robot.say(id, 'failed', { text: 'no paper' }))
        const { status, cause, reason, attempt } = await world.get(id)
        assert.deepEqual([status, cause, reason, attempt], ['failed', 'FAILED', 'no paper', 3])
        assert.equal(await world.story(id), 'scheduled due sent retry sent retry sent failed')
    })

    it('that its robot refuses is not sent again', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0)
        await world.idle()
        await world.until(robot.say(id, 'rejected'))
        const { status, cause, reason } = await world.get(id)
        assert.deepEqual([status, cause, reason], ['failed', 'REJECTED', 'the robot refused it'])
    })

    it('lets others pass while it waits for its next attempt', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const [one, other] = [await world.add('r', 0, { backoff: 60_000 }), await world.add('r', 1)]
        await world.pass(1)
        await world.until(robot.say(one.id, 'failed'))
        await world.idle()
        assert.equal((await world.get(other.id)).status, 'sent')
    })

    it('of which nothing is heard is sent again after its timeout, which whatever is heard of it renews', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { attempts: 1, timeout: 1000 })
        await world.pass(900)
        await world.until(robot.say(id, 'running', { progress: 1 }))
        await world.pass(999)
        assert.equal((await world.get(id)).status, 'running')
        await world.pass(1)
        const { status, cause } = await world.get(id)
        assert.deepEqual([status, cause], ['failed', 'NO_ANSWER'])
    })

    it('that cannot be sent within its time to live expires, be its robot away or busy, or does it fail', async () => {
        made()
        const away = await world.add('away', 0, { ttl: 1000 })
        const robot = world.robot('busy')
        await world.until(robot.connect())
        const [first, second] = [await world.add('busy', 0, { ttl: 1000, backoff: 2000 }), await world.add('busy', 1, { ttl: 1000 })]
        await world.pass(900)
        await world.until(robot.say(first.id, 'accepted'))
        await world.pass(200)
        const statuses = async (...jobs: Job[]) =>
            await Promise.all(
                jobs.map(async ({ id }) => {
                    const { status, cause } = await world.get(id)
                    return `${status} ${cause}`
                }),
            )
        assert.deepEqual(await statuses(away, second, first), ['expired TOO_LATE', 'expired TOO_LATE', 'running null'])
        await world.until(robot.say(first.id, 'failed'))
        assert.deepEqual(await statuses(first), ['expired TOO_LATE'])
    })

    it('cannot be handed over, as whoever is to do so says or throws', async () => {
        made()
        const robot = world.robot('r')
        await world.until(robot.connect())
        robot.take = () => ({ failed: 'its host is not allowed' })
        const checked = await world.add('r', 0)
        await world.idle()
        robot.take = () => assert.fail('a fault of ours')
        const thrown = await world.add('r', 0, { attempts: 1 })
        await world.idle()
        const [one, other] = [await world.get(checked.id), await world.get(thrown.id)]
        assert.deepEqual([one.status, one.cause, one.reason, one.attempt], ['failed', 'NOT_DELIVERED', 'its host is not allowed', 1])
        assert.deepEqual([other.status, other.cause, other.reason], ['failed', 'NOT_DELIVERED', 'a fault of ours'])
    })

    it('is not revived by what comes late, twice or from somebody else, and all of that is on record', async () => {
        made()
        const [robot, other] = [world.robot('r'), world.robot('other')]
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { timeout: 1000, backoff: 1, attempts: 2 })
        await world.pass(1000)
        await world.pass(1)
        const say = (from: string, answer: Partial<Answer>) =>
            world.until(world.jobs.report({ target: from, jobId: id, status: 'succeeded', ...answer }))
        assert.equal((await say('r', { fence: 1 })).reason, 'late')
        assert.equal((await say('other', { fence: 2 })).reason, 'foreign')
        assert.equal((await world.get(id)).status, 'sent')
        assert.equal((await say('r', { fence: 2, status: 'failed' })).taken, true)
        assert.equal((await say('r', { fence: 2 })).reason, 'late')
        assert.equal((await world.get(id)).status, 'failed')
        for (let i = 0; i < 40; i++) await say(other.id, {})
        const story = await world.story(id)
        assert.ok(story.startsWith('scheduled due sent retry sent late foreign failed late foreign'), story)
        assert.equal(story.split(' ').filter((step) => step === 'late' || step === 'foreign').length, 20)
        assert.equal((await world.until(world.jobs.report({ target: 'r', jobId: 'none', status: 'succeeded' }))).reason, 'unknown')
    })

    it('is the one that is under way, for a robot that does not say which it means', async () => {
        made({ inFlight: 2 })
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0)
        await world.idle()
        const { job } = await world.until(world.jobs.report({ target: 'r', status: 'succeeded' }))
        assert.deepEqual([job!.id, job!.status], [id, 'succeeded'])
        assert.equal((await world.until(world.jobs.report({ target: 'r', status: 'succeeded' }))).reason, 'unknown')
        await world.add('r', 0)
        await world.add('r', 0)
        await world.idle()
        await assert.rejects(world.until(world.jobs.report({ target: 'r', status: 'succeeded' })), refused(409, 'AMBIGUOUS_JOB'))
    })

    it('is not told anything that makes no sense', async () => {
        made()
        const bad: Record<string, unknown>[] = [
            { status: 'done' },
            { fence: 'x' },
            { progress: 101 },
            { progress: '50' },
            { jobId: 7 },
            { text: {} },
        ]
        for (const answer of bad)
            await assert.rejects(
                world.jobs.report({ target: 'r', jobId: 'j', status: 'succeeded', ...answer } as Answer),
                refused(422, 'BAD_INPUT'),
            )
        const long = { target: 'r', jobId: 'j', status: 'succeeded', value: 'x'.repeat(65_536) } as const
        await assert.rejects(world.jobs.report(long), refused(413, 'TOO_LARGE'))
    })
})
