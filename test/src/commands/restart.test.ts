import assert from 'node:assert/strict'
import type { Command } from '../../../src/commands/command.ts'
import type { TestDevice } from '../../support/command-device.ts'
import { CommandWorld } from '../../support/command-world.ts'
import { away } from '../tasks/bench.ts'

describe('commands over restarts', () => {
    let world: CommandWorld
    let lamp: TestDevice
    beforeEach(() => {
        world = new CommandWorld({ jitter: 1000, isLasting: true })
        lamp = world.device('lamp')
    })
    afterEach(() => world.clear())

    /** How commands ended, by what is kept. */
    async function endings(...commands: Command[]): Promise<unknown[]> {
        const kept = await Promise.all(commands.map(({ id }) => world.until(world.commands.get(id))))
        return kept.map((command) => command?.ending && [command.ending.outcome, command.ending.cause].filter(Boolean).join(' '))
    }

    it('know which devices ever came', async () => {
        assert.equal(await world.until(world.commands.isKnown(lamp.name)), false)
        const link = world.connect(lamp)
        await world.idle()
        world.drop(link)
        await world.kill()
        assert.equal(await world.until(world.commands.isKnown({ account: 'acme', device: 'lamp' })), true)
        assert.equal(await world.until(world.commands.isKnown({ account: 'other', device: 'lamp' })), false)
    })

    for (const how of ['kill', 'restart'] as const)
        it(`go on after a ${how} as they were`, async () => {
            lamp.answer = (id, say) => say({ id, status: 'received' })
            const pump = world.device('pump')
            const kept = await world.send(pump)
            world.connect(lamp)
            const has = await world.send(lamp, { timeout: 90_000 })
            await world.idle()
            lamp.answer = () => {}
            const sent = await world.send(lamp)
            await world.idle()
            await world[how]()
            const link = lamp.link ?? world.connect(lamp)
            world.connect(pump)
            await world.pass(1000)
            assert.deepEqual(pump.got, [kept.id])
            assert.equal(lamp.arrivals.filter(({ id }) => id === has.id).length, 1)
            assert.equal(lamp.arrivals.filter(({ id }) => id === sent.id).length, 2)
            lamp.say(link, { id: has.id, status: 'done' })
            await world.pass(5000)
            assert.deepEqual(await endings(kept, has, sent), ['acknowledged', 'result', 'unreachable NO_ANSWER'])
            assert.equal(world.commands.size, 0)
        })

    it('with the same idempotency key are one command, whatever happens to the process', async () => {
        const first = await world.send(lamp, { idempotencyKey: 'once' })
        await world.kill()
        const again = await world.send(lamp, { idempotencyKey: 'once' })
        world.connect(lamp)
        await world.pass(1000)
        const later = await world.send(lamp, { idempotencyKey: 'once' })
        assert.deepEqual([again.id, later.id, lamp.got], [first.id, first.id, [first.id]])
    })

    it('that have left and are found after their time may have arrived', async () => {
        lamp.answer = () => {}
        world.connect(lamp)
        const [sent, kept] = [await world.send(lamp), await world.send(world.device('pump'))]
        await world.idle()
        await world.kill()
        await world.pass(60_000)
        assert.deepEqual(await endings(sent, kept), ['unreachable NO_ANSWER', 'expired'])
    })

    it('are told to have ended again where the process ended before that was noted', async () => {
        world.connect(lamp)
        const noted = await world.send(lamp)
        // A flow has had the time to write down what it was told.
        await world.pass(1000)
        const unhandled: unknown[] = []
        const note = (error: unknown) => void unhandled.push(error)
        process.on('unhandledRejection', note)
        world.store.tasks.remove = away
        const told = await world.send(lamp)
        await world.idle()
        await world.kill()
        await world.idle()
        process.off('unhandledRejection', note)
        assert.deepEqual(unhandled, [])
        assert.deepEqual(
            world.ended.map(({ id, life }) => [id, life]),
            [
                [noted.id, 0],
                [told.id, 0],
                [told.id, 1],
            ],
        )
        await world.pass(1000)
        assert.equal(world.commands.size, 0)
    })

    it('are told to have ended again where the process is killed before a flow can have written that down', async () => {
        world.connect(lamp)
        const { id } = await world.send(lamp)
        await world.idle()
        assert.deepEqual([world.ended.length, world.commands.size], [1, 0])
        await world.kill()
        await world.pass(1000)
        await world.restart()
        await world.idle()
        assert.deepEqual(
            world.ended.map((one) => [one.id, one.life]),
            [
                [id, 0],
                [id, 1],
            ],
        )
    })

    it('that end while their node is away are told when it is back', async () => {
        const told: string[] = []
        const node = new AbortController()
        world.commands.attach('other', ({ id }) => told.push(id), node.signal)
        const command = await world.send(lamp, { node: 'other' })
        node.abort()
        world.connect(lamp)
        await world.pass(1000)
        assert.deepEqual([await endings(command), told], [['acknowledged'], []])
        world.commands.attach('other', ({ id }) => told.push(id), new AbortController().signal)
        await world.idle()
        assert.deepEqual([told, world.commands.size], [[command.id], 0])
    })

    for (const [how, pass] of [
        ['expire', async () => {}],
        ['have no result', async () => void world.connect(lamp)],
        [
            'have ended before',
            ({ id }: Command) => world.until(world.store.commands.end(id, { outcome: 'acknowledged' }, world.clock.now())),
        ],
    ] as const)
        it(`that ${how} as their time is over, while their node is away, are told when it is back, and are no longer under way`, async () => {
            const told: string[] = []
            const node = new AbortController()
            lamp.answer = (id, say) => say({ id, status: 'received' })
            world.commands.attach('other', ({ id }) => told.push(id), node.signal)
            const command = await world.send(lamp, { node: 'other', timeout: 60_000 })
            node.abort()
            await pass(command)
            await world.pass(120_000, 30_000)
            assert.ok((await endings(command))[0])
            assert.deepEqual([told, world.commands.size], [[], 0])
            // It goes with its node, if that is deleted instead.
            assert.equal((await world.until(world.store.tasks.get(command.id)))!.owner, 'other')
            world.commands.attach('other', ({ id }) => told.push(id), new AbortController().signal)
            await world.pass(1000)
            assert.deepEqual([told, await world.until(world.store.tasks.get(command.id))], [[command.id], undefined])
        })

    it('that ended as the process did are told, though their device comes first', async () => {
        const command = await world.send(lamp, { node: 'other' })
        // Its commit is the last thing that the process does.
        await world.until(world.store.commands.end(command.id, { outcome: 'acknowledged' }, world.clock.now()))
        await world.kill()
        world.connect(lamp)
        await world.pass(1000)
        const next = await world.send(lamp)
        await world.idle()
        const told: string[] = []
        world.commands.attach('other', ({ id }) => told.push(id), new AbortController().signal)
        await world.idle()
        assert.deepEqual([lamp.got, told, world.commands.size], [[next.id], [command.id], 0])
    })

    it('that have ended are told to a node that comes while their device is being sent commands', async () => {
        lamp.answer = () => {}
        world.connect(lamp)
        const command = await world.send(lamp, { node: 'other' })
        await world.until(world.store.commands.end(command.id, { outcome: 'acknowledged' }, world.clock.now()))
        const told: string[] = []
        world.commands.attach('other', ({ id }) => told.push(id), new AbortController().signal)
        await world.idle()
        assert.deepEqual([told, world.commands.size], [[command.id], 0])
    })

    it('are told to have ended though the answer to the commit was lost', async () => {
        const { commands } = world.store
        const end = commands.end.bind(commands)
        commands.end = async (...given) => {
            commands.end = end
            await end(...given)
            return await away()
        }
        world.connect(lamp)
        const command = await world.send(lamp)
        await world.pass(5000, 1000)
        assert.deepEqual([world.ended.map(({ id }) => id), world.commands.size], [[command.id], 0])
    })

    it('that could not be kept whole end, and are not done', async () => {
        const add = world.store.tasks.add
        world.store.tasks.add = away
        await assert.rejects(world.send(lamp), (error: { code: string }) => error.code === 'STORE_UNAVAILABLE')
        world.store.tasks.add = add
        await world.idle()
        assert.deepEqual(
            world.ended.map(({ ending }) => ending),
            [{ outcome: 'unreachable', cause: 'NOT_KEPT' }],
        )
        assert.equal(world.commands.size, 0)
        world.connect(lamp)
        await world.pass(1000)
        assert.deepEqual(lamp.got, [])
    })
})
