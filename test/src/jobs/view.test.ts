import assert from 'node:assert/strict'
import { entryOf, viewOf } from '../../../src/jobs/view.ts'
import { JobWorld } from '../../support/job-world.ts'

describe('what flows are told of a job', () => {
    it('is short in a list, whatever its package and its answer hold', async () => {
        const world = new JobWorld()
        const { jobs, clock } = world
        const large = 'x'.repeat(60_000)
        const order = await world.add('r', 1000)
        const payload = { package_name: 'p', path: 'a/b', large }
        const { id } = await world.until(jobs.add({ ...order, payload, dueAt: clock.now() }))
        const robot = world.robot('r')
        await world.until(robot.connect())
        await world.idle()
        await world.until(robot.say(id, 'succeeded', { value: large }))
        const job = await world.get(id)
        const [entry, view] = [entryOf(job), viewOf(job)]
        assert.deepEqual([view.value, (view as { package?: unknown }).package], [large, payload])
        assert.ok(JSON.stringify(entry).length < 1000)
        assert.deepEqual({ ...view, value: undefined, package: { package_name: 'p', path: 'a/b' } }, { ...entry, value: undefined })
        await world.clear()
    })
})
