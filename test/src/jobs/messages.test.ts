import assert from 'node:assert/strict'
import { JobWorld } from '../../support/job-world.ts'

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
})
