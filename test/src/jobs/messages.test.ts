import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../../../src/bus/index.ts'
import { type Attempt, jobStore } from '../../../src/jobs/index.ts'
import { Jobs } from '../../../src/jobs/jobs.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import type { ModuleContext } from '../../../src/store/module.ts'
import { Tasks } from '../../../src/tasks/index.ts'
import { JobWorld } from '../../support/job-world.ts'

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

    it('goes again if the process ended before it was known that it went', async () => {
        world = new JobWorld({ isLasting: true })
        await world.until(world.delivery.connect(''))
        const { id } = await world.add('', 1000)
        await world.idle()
        const sent = world.clock.advanceAsync(1000)
        while (world.messages.length === 0) await new Promise((resolve) => setImmediate(resolve))
        await world.kill()
        await sent
        const { status } = await world.get(id)
        if (status === 'sent') {
            await world.until(world.delivery.connect(''))
            await world.pass(30_000, 5000)
        }
        assert.equal(world.messages.length, status === 'sent' ? 2 : 1)
        assert.equal((await world.get(id)).status, 'succeeded')
    })

    it('does not go again while it takes long to write down that it went', async () => {
        world = new JobWorld()
        const { change } = world.store.jobs
        const written = Promise.withResolvers<void>()
        world.store.jobs.change = async (given) => {
            await written.promise
            return await change.call(world.store.jobs, given)
        }
        await world.until(world.delivery.connect(''))
        const { id } = await world.add('', 1000)
        await world.pass(1000)
        await world.pass(60_000, 5000)
        assert.deepEqual([world.messages.length, (await world.get(id)).status], [1, 'sent'])
        written.resolve()
        await world.idle()
        assert.equal((await world.get(id)).status, 'succeeded')
    })

    it('goes once, though two Node-REDs have the store, and a run that is due makes one next run', async () => {
        world = new JobWorld()
        const { clock, store } = world
        const context = (store as unknown as { context: ModuleContext }).context
        const fired: string[] = []
        const parts = { clock, random: () => 0, newId: randomUUID, log: (text: string) => void world.logged.push(text) }
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
