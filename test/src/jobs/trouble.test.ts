import assert from 'node:assert/strict'
import { Refusal } from '../../../src/lib/index.ts'
import type { StoreHealth } from '../../../src/store/index.ts'
import { JobWorld } from '../../support/job-world.ts'
import { refused } from '../../support/refused.ts'

describe('a job, in trouble,', () => {
    let world: JobWorld
    beforeEach(() => {
        world = new JobWorld({ isLasting: true })
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

    it('is sent as soon as the store says that it is back, however long that was away', async () => {
        const { store } = world
        const listeners: ((health: StoreHealth) => void)[] = []
        store.onHealth = (listener) => void listeners.push(listener)
        world.closing.abort()
        world.closing = new AbortController()
        world.attach()
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { round } = store.jobs
        store.jobs.round = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
        await world.add('r', 1000)
        await world.pass(40_000, 1000)
        store.jobs.round = round
        for (const listener of listeners) listener({ ok: true })
        await world.idle()
        assert.equal(robot.arrivals.length, 1)
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

    for (const [policy, times, status] of [
        [{ ttl: 5000 }, 1, 'failed'],
        [{ misfire: 'skip' }, 1, 'failed'],
        [{ misfire: 'grace', grace: 60_000 }, 2, 'succeeded'],
    ] as const)
        it(`that is a message that a kill has cut short is not said to have been too late: ${JSON.stringify(policy)}`, async () => {
            await world.until(world.delivery.connect(''))
            const { id } = await world.add('', 1000, policy)
            await world.idle()
            world.store.jobs.change = () => new Promise(() => {})
            await world.pass(1000)
            await world.kill()
            await world.until(world.delivery.connect(''))
            await world.pass(30_000, 5000)
            const job = await world.get(id)
            assert.deepEqual([world.messages.length, job.status], [times, status])
            if (status === 'failed')
                assert.match(job.reason!, /^Node-RED ended while it was being sent: whether it has arrived is not known/)
        })
})
