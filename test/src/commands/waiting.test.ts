import assert from 'node:assert/strict'
import type { TestDevice } from '../../support/command-device.ts'
import { CommandWorld } from '../../support/command-world.ts'
import { away } from '../tasks/bench.ts'

describe('the ends of commands', () => {
    let world: CommandWorld
    let lamp: TestDevice
    beforeEach(() => {
        world = new CommandWorld()
        lamp = world.device('lamp')
    })
    afterEach(() => world.clear())

    it('can be waited for', async () => {
        lamp.answer = () => {}
        const link = world.connect(lamp)
        const { signal } = new AbortController()
        const command = await world.send(lamp)
        const short = world.commands.outcome(command.id, 100, signal)
        const long = world.commands.outcome(command.id, 10_000, signal)
        await world.pass(100)
        assert.equal((await world.until(short))!.ending, null)
        lamp.say(link, { id: command.id, status: 'done' })
        assert.equal((await world.until(long))!.ending!.outcome, 'result')
        assert.equal((await world.until(world.commands.outcome(command.id, 10_000, signal)))!.ending!.outcome, 'result')
        assert.equal(await world.until(world.commands.outcome('nothing', 10_000, signal)), undefined)
    })

    it('are waited for without being read, when they have just been given', async () => {
        lamp.answer = () => {}
        const link = world.connect(lamp)
        const { id } = await world.send(lamp)
        world.store.commands.get = away
        const waited = world.commands.outcome(id, 10_000, new AbortController().signal)
        lamp.say(link, { id, status: 'done', value: 7 })
        assert.deepEqual((await world.until(waited))!.ending, { outcome: 'result', value: 7 })
    })
})
