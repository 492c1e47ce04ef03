import assert from 'node:assert/strict'
import { World } from '../../support/power-world.ts'

describe('a socket whose store can be opened and not be read', () => {
    it('tries again after a second, two, four and so on, and goes on once it is read', async () => {
        const world = new World(() => 0.5, 1)
        await world.clock.advanceAsync(10)
        const asked: number[] = []
        const { running } = world.memory
        world.memory.running = () => {
            asked.push(world.age)
            return Promise.reject(new Error('the disk is on fire'))
        }
        world.restart()
        await world.clock.advanceAsync(60_000)
        assert.deepEqual(asked, [0, 1000, 3000, 7000, 15_000, 31_000])
        assert.equal(world.socket.view.trouble, 'store')
        world.memory.running = running
        await world.clock.advanceAsync(1000)
        assert.equal(world.socket.view.trouble, undefined)
        world.end()
    })
})
