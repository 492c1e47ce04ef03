import assert from 'node:assert/strict'
import { JobWorld } from '../../support/job-world.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]

describe('jobs, when the clock is set,', () => {
    let world: JobWorld
    beforeEach(() => {
        world = new JobWorld({ isLasting: true })
    })
    afterEach(() => world.clear())

    it('are due by the wall clock', async () => {
        await world.until(world.delivery.connect(''))
        const soon = await world.add('', HOUR)
        world.clock.jump(-HOUR)
        await world.pass(HOUR + 60_000, HOUR / 4)
        assert.equal((await world.get(soon.id)).status, 'scheduled')
        world.clock.jump(HOUR)
        await world.pass(31_000)
        assert.equal((await world.get(soon.id)).status, 'succeeded')
        await world.add('', HOUR)
        world.clock.jump(-3 * HOUR)
        await world.pass(31_000)
        assert.equal(world.messages.length, 1, 'none comes again')
    })

    it('are due on time by a clock that somebody has told us to be set', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        await world.until(world.delivery.connect(''))
        for (const ms of [-300, 0, 300]) {
            const before = robot.arrivals.length
            await world.add('r', 400 * DAY)
            await world.add('', 400 * DAY)
            await world.idle()
            world.clock.jump(400 * DAY + ms)
            world.jobs.clockSet()
            await world.pass(Math.max(-ms, 1))
            assert.deepEqual([robot.arrivals.length, world.messages.length], [before + 1, before + 1], String(ms))
            await world.until(robot.say(robot.arrivals.at(-1)!.id, 'succeeded'))
        }
    })

    it('have as long to be done as before', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        const { id } = await world.add('r', 0, { timeout: HOUR, attempts: 1 })
        await world.idle()
        for (const ms of [5 * HOUR, -9 * HOUR, 2 * HOUR]) {
            world.clock.jump(ms)
            await world.pass(60_000, 30_000)
        }
        assert.equal((await world.get(id)).status, 'sent')
        await world.pass(HOUR - 4 * 60_000)
        assert.equal((await world.get(id)).status, 'sent')
        await world.pass(60_000, 30_000)
        const { status, cause } = await world.get(id)
        assert.deepEqual([status, cause], ['failed', 'NO_ANSWER'])
    })

    it('keep their backoff and their time to live, also over a restart', async () => {
        const robot = world.robot('r')
        await world.until(robot.connect())
        const [again, away] = [await world.add('r', 0, { backoff: HOUR }), await world.add('away', 0, { ttl: 2 * HOUR })]
        await world.idle()
        await world.until(robot.say(again.id, 'failed'))
        world.clock.jump(DAY)
        await world.pass(60_000, 30_000)
        assert.equal((await world.get(again.id)).status, 'due')
        assert.equal((await world.get(away.id)).status, 'due')
        await world.kill()
        await world.until(robot.connect())
        await world.pass(HOUR - 120_000)
        assert.equal(robot.arrivals.length, 1)
        await world.pass(60_000, 30_000)
        assert.equal(robot.arrivals.length, 2)
        await world.pass(HOUR, HOUR / 2)
        assert.equal((await world.get(away.id)).status, 'expired')
    })

    it('wait for years, and are not due before', async () => {
        await world.until(world.delivery.connect(''))
        // setTimeout takes no more than 2 ** 31 - 1 milliseconds, and fires at once beyond it.
        const times = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 7, 400 * DAY]
        for (const ms of times) await world.add('', ms)
        const start = world.clock.now()
        for (const [i, ms] of times.entries()) {
            await world.idle()
            // Nobody waits for years here, and the clock is looked at every half a minute.
            world.clock.sleep(Math.max(start + ms - world.clock.now() - 60_000, 0))
            await world.pass(start + ms - world.clock.now() - 1, 29_000)
            assert.equal(world.messages.length, i, String(ms))
            await world.pass(1)
            assert.equal(world.messages.length, i + 1, String(ms))
        }
    })

    it('are due as soon as the machine wakes that has slept', async () => {
        await world.until(world.delivery.connect(''))
        await world.add('', HOUR)
        await world.idle()
        world.clock.sleep(2 * HOUR)
        await world.pass(30_000)
        assert.equal(world.messages.length, 1)
    })
})
