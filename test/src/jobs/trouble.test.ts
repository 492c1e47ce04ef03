import assert from 'node:assert/strict'
import { Refusal } from '../../../src/lib/index.ts'
import { JobWorld } from '../../support/job-world.ts'
import { refused } from '../../support/refused.ts'

describe('a job, in trouble,', () => {
    let world: JobWorld
    beforeEach(() => {
        world = new JobWorld()
    })
    afterEach(() => world.clear())

    it('is sent once the store is back, and an answer is refused while it is away', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 1000)
        const { jobs } = world.store
        const { round, change } = jobs
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
        Object.assign(jobs, { round: away, change: away })
        await world.pass(20_000, 1000)
        await assert.rejects(world.until(robot.say(id, 'succeeded')), refused(503, 'STORE_UNAVAILABLE'))
        assert.equal(robot.arrivals.length, 0)
        Object.assign(jobs, { round, change })
        await world.pass(30_000, 1000)
        assert.equal(robot.arrivals.length, 1)
        assert.deepEqual(world.logged, [])
    })

    it('that cannot be understood fails, and keeps no other from being sent', async () => {
        await world.until(world.delivery.connect(''))
        const odd = await world.add('', 1000, {}, { cron: '0 9 * * *', timeZone: 'Mars/Base' })
        const good = await world.add('', 1000)
        await world.pass(1000)
        const [{ status, reason }, other] = [await world.get(odd.id), await world.get(good.id)]
        assert.deepEqual([status, other.status], ['failed', 'succeeded'])
        assert.match(reason!, /^it cannot be read: /)
    })
})
