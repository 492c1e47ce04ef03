import assert from 'node:assert/strict'
import type { JobDelivery } from '../../../src/jobs/handshake.ts'
import type { Delivered } from '../../../src/jobs/machine.ts'
import type { Attempt } from '../../../src/jobs/targets.ts'
import { JobWorld } from '../../support/job-world.ts'

/** A second node on the same jobs. */
class Second {
    readonly sent: string[] = []
    readonly closing = new AbortController()
    readonly delivery: JobDelivery
    answer: Delivered = 'sent'

    constructor(world: JobWorld) {
        const send = ({ job }: Attempt) => {
            this.sent.push(job.id)
            return this.answer
        }
        this.delivery = world.jobs.attach({ send }, {}, this.closing.signal)
    }
}

describe('jobs whose node is deployed', function () {
    this.timeout(20_000)
    let world: JobWorld
    beforeEach(() => {
        world = new JobWorld()
    })
    afterEach(() => world.clear())

    it('are as before if it was closed while a round was being committed: that is no attempt', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { jobs } = world.store
        const { round } = jobs
        const [isAsked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        jobs.round = async (given) => {
            const result = await round.call(jobs, given)
            if (result.sent.length === 0) return result
            isAsked.resolve()
            await go.promise
            return result
        }
        const { id } = await world.add('r', 0, { attempts: 1 })
        await world.until(isAsked.promise)
        world.closing.abort()
        const settled = world.jobs.settled()
        go.resolve()
        await world.until(settled)
        const { status, attempt } = await world.get(id)
        assert.deepEqual([robot.arrivals.length, status, attempt], [0, 'due', 0])
        world.closing = new AbortController()
        world.attach()
        await world.until(robot.connect())
        await world.idle()
        assert.deepEqual([robot.arrivals.length, (await world.get(id)).attempt], [1, 1])
    })

    it('are messages that another node takes from then on', async () => {
        await world.until(world.delivery.connect(''))
        const second = new Second(world)
        await world.until(second.delivery.connect(''))
        await world.add('', 1000)
        await world.pass(1000)
        assert.deepEqual([world.messages.length, second.sent.length], [0, 1])
        second.closing.abort()
        await world.add('', 1000)
        await world.pass(1000)
        assert.deepEqual([world.messages.length, second.sent.length], [1, 1])
        world.delivery.disconnect('')
        await world.add('', 1000)
        await world.pass(60_000, 10_000)
        assert.equal(world.messages.length, 1, 'nobody is there')
    })

    for (const how of ['is closed', 'says that it is away'])
        it(`go to a robot by another node when theirs ${how}, and no more at a time than before`, async () => {
            const robot = world.robot('r')
            await world.until(robot.connect())
            const second = new Second(world)
            await world.until(second.delivery.connect('r', []))
            const first = await world.add('r', 0)
            const next = await world.add('r', 1)
            await world.pass(1)
            assert.deepEqual([second.sent, robot.arrivals.length], [[first.id], 0])
            if (how === 'is closed') {
                second.closing.abort()
                await world.pass(1000, 100)
                assert.equal(robot.arrivals.length, 0, 'the first is still under way')
            }
            second.answer = 'away'
            await world.until(robot.say(first.id, 'succeeded'))
            await world.idle()
            assert.deepEqual(
                robot.arrivals.map(({ id }) => id),
                [next.id],
            )
            assert.equal((await world.get(next.id)).attempt, 1)
            assert.equal(world.logged.join(), '')
        })

    it('are those of a robot that has left both nodes', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        const second = new Second(world)
        await world.until(second.delivery.connect('r', []))
        world.delivery.disconnect('r')
        second.delivery.disconnect('r')
        const { id } = await world.add('r', 0)
        await world.pass(60_000, 10_000)
        assert.deepEqual([robot.arrivals.length, second.sent.length, (await world.get(id)).status], [0, 0, 'due'])
    })
})
