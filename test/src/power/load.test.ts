import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
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

describe('what is read of a socket', () => {
    it('has as stopped what does not run any more, though that is yet to be written down', async () => {
        const world = new World(() => 0.5, 1)
        await world.clock.advanceAsync(100)
        const starting = world.socket.start()
        await world.clock.advanceAsync(1000)
        const { id } = await starting
        const { memory, socket } = world
        memory.instances = () => Promise.resolve([...memory.rows.values()] as never[])
        const disk = Promise.withResolvers<void>()
        const commit = memory.commit.bind(memory)
        memory.commit = (name, change) => disk.promise.then(() => commit(name, change))
        const stopping = socket.stop(id)
        await world.clock.advanceAsync(1000)
        assert.equal(socket.view.running, 0)
        const lists = [socket.records.list({ limit: 1 }), socket.records.get(id).then((one) => [one])]
        await turn()
        disk.resolve()
        for (const list of lists) assert.notEqual((await list)[0]?.stopTimestamp, null)
        await stopping
        world.end()
    })
})
