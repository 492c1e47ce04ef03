import assert from 'node:assert/strict'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import { nextRun } from '../../../src/jobs/schedule.ts'
import { JobWorld } from '../../support/job-world.ts'
import { refused } from '../../support/refused.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin' }
const once = { date: '15-7', time: '9:00', timeZone: 'UTC', overlap: 'earlier' } as const
const daily = { cron: '0 9 * * *', timeZone: 'Europe/Berlin' }

describe('a job with a key', () => {
    let world: JobWorld
    afterEach(() => world.clear())

    async function made(isLasting = false): Promise<void> {
        world = new JobWorld({ isLasting })
        await world.until(world.delivery.connect(''))
    }
    const add = async (key: string, schedule: typeof hourly, payload: unknown = 'on') => {
        const dueAt = nextRun(schedule, world.clock.now())!
        const order = { target: '', targetName: '', name: 'power', payload, schedule, dueAt, policy: defaultPolicy }
        return await world.until(world.jobs.add(order, { key }))
    }
    const waiting = async () => (await world.until(world.jobs.list({ status: 'scheduled' }))).jobs.map(({ id }) => id)

    it('is the one that is there already, if that is the same, also after a restart and however often it was run', async () => {
        await made(true)
        const first = await add('lamp', hourly)
        assert.deepEqual([first.key, (await add('lamp', hourly)).id], ['lamp', first.id])
        await world.pass(2 * HOUR)
        await world.kill()
        await world.until(world.delivery.connect(''))
        const again = await add('lamp', hourly)
        assert.deepEqual([again.series, await waiting()], [first.id, [again.id]])
        assert.equal(await world.until(world.jobs.idOf('lamp')), again.id)
        await world.until(world.jobs.cancel(again.id))
        assert.deepEqual(await waiting(), [])
        assert.equal((await add('lamp', hourly)).run, 1)
    })

    it('takes the place of what was not sent of the one before, and of no other', async () => {
        await made()
        const other = await add('pump', hourly)
        const old = await add('lamp', hourly)
        await world.pass(HOUR + MINUTE)
        const sent = world.messages.length
        const next = await add('lamp', daily)
        assert.equal((await waiting()).length, 2)
        assert.equal(await world.until(world.jobs.idOf('lamp')), next.id)
        const ended = (await world.until(world.jobs.list({ series: old.id }))).jobs.map(({ status, reason }) => [status, reason])
        assert.deepEqual(ended.at(-1), ['cancelled', 'by a job with the same key'])
        assert.equal(ended[0]![0], 'succeeded')
        await world.pass(HOUR)
        assert.deepEqual(
            world.messages.slice(sent).map(({ job }) => job.series),
            [other.id],
        )
        assert.notEqual((await add('lamp', daily, 'off')).id, next.id)
        assert.equal((await waiting()).length, 2)
    })

    for (const kind of ['once', 'again and again'] as const)
        it(`leaves alone what was sent ${kind} while it was added`, async () => {
            await made()
            const robot = world.robot('r')
            const schedule = kind === 'once' ? once : hourly
            const addPackage = (payload: string, ms: number) => {
                const dueAt = kind === 'once' ? world.clock.now() + ms : nextRun(hourly, world.clock.now())!
                const order = { target: 'r', targetName: 'r', name: 'package', payload, schedule, dueAt, policy: defaultPolicy }
                return world.until(world.jobs.add(order, { key: 'r' }))
            }
            const first = await addPackage('old', 1000)
            await world.pass(HOUR, MINUTE)
            assert.equal((await world.get(first.id)).status, 'due')
            const { jobs } = world.store
            const { change } = jobs
            const arrived = Promise.withResolvers<void>()
            robot.take = () => {
                arrived.resolve()
                return 'sent'
            }
            jobs.change = async (given) => {
                // Here it is too late to withdraw what was found.
                const { status } = (await jobs.get('robots', given.id))!
                if (given.event.type === 'cancel' && status === 'due') await Promise.all([robot.connect(), arrived.promise])
                return await change.call(jobs, given)
            }
            const next = await addPackage('new', HOUR)
            assert.deepEqual(
                robot.arrivals.map(({ id }) => id),
                [first.id],
            )
            const { status, cancelling } = await world.get(first.id)
            assert.deepEqual([status, cancelling, await waiting()], ['sent', false, [next.id]])
        })

    it('is there once, however many come at the same time', async () => {
        await made()
        const all = await Promise.all(Array.from({ length: 20 }, () => add('lamp', hourly)))
        assert.deepEqual(new Set(all.map(({ id }) => id)).size, 1)
        const different = await Promise.all(['a', 'b', 'c'].map((payload) => add('lamp', hourly, payload)))
        assert.deepEqual(await waiting(), [different[2]!.id])
        await assert.rejects(world.until(world.jobs.idOf('nothing')), refused(404, 'JOB_NOT_FOUND'))
    })
})
