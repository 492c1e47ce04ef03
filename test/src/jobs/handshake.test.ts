import assert from 'node:assert/strict'
import type { Job } from '../../../src/jobs/job.ts'
import type { Delivered } from '../../../src/jobs/machine.ts'
import { JobWorld, type TestRobot } from '../../support/job-world.ts'

describe('a robot that comes back', () => {
    let world: JobWorld
    let robot: TestRobot
    let job: Job
    beforeEach(async () => {
        world = new JobWorld({ isLasting: true })
        robot = world.robot('r')
        await world.until(robot.connect())
    })
    afterEach(() => world.clear())

    const sent = async (policy = {}) => {
        job = await world.add('r', 0, policy)
        await world.idle()
        assert.equal((await world.get(job.id)).status, 'sent')
    }

    for (const how of ['a break', 'a kill'] as const) {
        const goes = async () => {
            if (how === 'a kill') await world.kill()
            else robot.leave()
        }

        it(`goes on with what it runs, after ${how}`, async () => {
            await sent({ timeout: 60_000 })
            await goes()
            await world.pass(50_000)
            assert.deepEqual(await world.until(robot.connect()), { adopted: [job.id], lost: [], drop: [] })
            await world.pass(50_000)
            assert.equal((await world.get(job.id)).status, 'running')
            assert.equal((await world.until(robot.say(job.id, 'succeeded'))).taken, true)
            assert.equal(robot.arrivals.length, 1)
        })

        it(`is sent again what it does not know of, after ${how}`, async () => {
            robot.isDeaf = true
            await sent()
            await goes()
            assert.deepEqual(await world.until(robot.connect()), { adopted: [], lost: [job.id], drop: [] })
            await world.idle()
            assert.deepEqual(
                robot.arrivals.map(({ fence, attempt }) => [fence, attempt]),
                [[2, 2]],
            )
            assert.equal(await world.story(job.id), 'scheduled due sent lost sent')
        })

        it(`that does not say what it runs is sent again what may not have arrived, after ${how}`, async () => {
            await sent()
            await goes()
            await world.until(robot.connect(false))
            await world.idle()
            assert.equal(robot.arrivals.length, 2)
            robot.take = () => 'confirmed'
            await world.until(robot.say(job.id, 'succeeded'))
            await sent()
            await goes()
            await world.until(robot.connect(false))
            await world.idle()
            assert.equal(robot.arrivals.length, 3, 'it has got that one')
        })
    }

    it('is sent what was just being handed over, and that is no attempt more', async () => {
        const handing = Promise.withResolvers<Delivered>()
        const other = world.jobs.attach({ send: () => handing.promise }, {}, world.closing.signal)
        await world.until(other.connect('r', []))
        await sent({ attempts: 1 })
        assert.deepEqual(await world.until(other.connect('r', [])), { adopted: [], lost: [], drop: [] })
        handing.resolve('sent')
        await world.idle()
        const { status, attempt } = await world.get(job.id)
        assert.deepEqual([status, attempt], ['sent', 1])
        assert.deepEqual((await world.until(other.connect('r', []))).lost, [job.id])
    })

    it('drops what has ended, what is nothing of ours, and what is sent anew', async () => {
        await sent({ attempts: 1, timeout: 1000 })
        await world.pass(1000)
        robot.leave()
        const gone = job.id
        await sent_elsewhere()
        robot.running.set('nobodys', 7)
        const { adopted, drop } = await world.until(robot.connect())
        assert.deepEqual(adopted, [])
        assert.deepEqual(
            drop.map(({ jobId, reason }) => `${jobId} ${reason}`).toSorted(),
            [`${gone} ended`, 'nobodys unknown', `${job.id} superseded`].toSorted(),
        )
    })

    /** A job that the robot takes for an attempt that is over. */
    async function sent_elsewhere(): Promise<void> {
        job = await world.add('r', 0)
        robot.running.set(job.id, 0)
    }

    it('has failed with what it lost too often', async () => {
        robot.isDeaf = true
        await sent({ attempts: 2 })
        robot.leave()
        await world.until(robot.connect())
        await world.idle()
        robot.running.clear()
        robot.leave()
        await world.until(robot.connect())
        const { status, cause } = await world.get(job.id)
        assert.deepEqual([status, cause], ['failed', 'LOST'])
    })

    it('is asked again to end what was cancelled, and what it has lost of that is cancelled', async () => {
        await sent()
        await world.until(world.jobs.cancel(job.id))
        robot.leave()
        await world.until(robot.connect())
        assert.deepEqual(robot.asked, [job.id, job.id])
        robot.leave()
        robot.running.clear()
        await world.until(robot.connect())
        const { status, cause } = await world.get(job.id)
        assert.deepEqual([status, cause], ['cancelled', 'CANCELLED'])
    })

    it('is sent the next job, though the one before ended while both found out what it runs', async () => {
        await sent()
        const next = await world.add('r', 0)
        robot.leave()
        const { jobs } = world.store
        const { inFlight } = jobs
        jobs.inFlight = async (...given) => {
            const flying = await inFlight.apply(jobs, given)
            if (robot.running.size > 0) await robot.say(job.id, 'succeeded')
            return flying
        }
        await world.until(robot.connect(false))
        await world.idle()
        assert.deepEqual([...robot.running.keys()], [next.id])
    })

    it('just when it is sent a job is not sent that twice', async () => {
        const { jobs } = world.store
        const { round } = jobs
        jobs.round = async (given) => {
            const result = await round.call(jobs, given)
            if (result.sent.length > 0 && jobs.round !== round) {
                jobs.round = round
                void robot.connect()
            }
            return result
        }
        job = await world.add('r', 0)
        await world.idle(10)
        assert.equal(robot.arrivals.length, 1)
        assert.equal((await world.until(robot.say(job.id, 'succeeded'))).taken, true)
    })

    it('by a second connection takes over from the first', async () => {
        await sent()
        await Promise.all([world.until(robot.connect()), world.until(robot.connect())])
        await world.idle()
        await world.add('r', 0)
        await world.idle()
        assert.equal(robot.arrivals.length, 1, 'the other one waits for its turn')
        await world.until(robot.say(job.id, 'succeeded'))
        await world.idle()
        assert.equal(robot.arrivals.length, 2)
    })
})
