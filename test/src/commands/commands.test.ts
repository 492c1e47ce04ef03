import assert from 'node:assert/strict'
import type { Command } from '../../../src/commands/command.ts'
import type { TestDevice } from '../../support/command-device.ts'
import { CommandWorld } from '../../support/command-world.ts'
import { away } from '../tasks/bench.ts'

describe('commands', () => {
    let world: CommandWorld
    let lamp: TestDevice
    beforeEach(() => {
        world = new CommandWorld({ depth: 5, jitter: 1000 })
        lamp = world.device('lamp')
    })
    afterEach(() => world.clear())

    const told = () => world.ended.map(({ id, ending }) => [id, ending!.outcome, ending!.cause])
    /** How commands ended, by what is kept. */
    async function endings(...commands: Command[]): Promise<unknown[]> {
        const kept = await Promise.all(commands.map(({ id }) => world.until(world.commands.get(id))))
        return kept.map((command) => command?.ending && [command.ending.outcome, command.ending.cause].filter(Boolean).join(' '))
    }
    const refusal = (code: string) => (error: { code: string }) => error.code === code

    it('are acknowledged once the WebSocket of a device that cannot answer has confirmed', async () => {
        const link = world.connect(lamp, 20)
        const command = await world.send(lamp)
        await world.idle()
        assert.deepEqual([command.ending, told()], [null, []])
        await world.pass(20)
        assert.deepEqual(lamp.got, [command.id])
        assert.deepEqual(told(), [[command.id, 'acknowledged', undefined]])
        assert.equal(link.isOpen, true)
        assert.equal(world.commands.size, 0)
        const { sentAt, endedAt, createdAt } = (await world.until(world.commands.get(command.id)))!
        assert.deepEqual([sentAt, endedAt], [createdAt, createdAt + 20])
    })

    it('end with what a device answers', async () => {
        lamp.answer = () => {}
        const link = world.connect(lamp)
        const commands = [await world.send(lamp), await world.send(lamp), await world.send(lamp)]
        await world.idle()
        const [one, two, three] = commands.map(({ id }) => id) as [string, string, string]
        lamp.say(link, { id: one, status: 'received' })
        lamp.say(link, { id: three, status: 'failed', reason: 'stuck' })
        lamp.say(link, { id: two, status: 'refused', reason: 'locked' })
        lamp.say(link, { id: one, status: 'done', value: { LED: 1 } })
        lamp.say(link, { id: one, status: 'failed' })
        await world.idle()
        assert.deepEqual(await endings(...commands), ['result', 'rejected REFUSED', 'rejected FAILED'])
        const kept = await world.until(world.commands.get(one))
        assert.deepEqual(kept!.ending!.value, { LED: 1 })
        assert.notEqual(kept!.receivedAt, null)
        assert.equal(world.ended.length, 3)
    })

    it('are stored and sent by one commit to a device that waits for nothing else, and ended by the next', async () => {
        world.connect(lamp)
        await world.idle()
        const { tasks, commands } = world.store
        for (const step of ['claim', 'release'] as const) tasks[step] = () => assert.fail(step)
        for (const step of ['leave', 'stay'] as const) commands[step] = () => assert.fail(step)
        const both = [world.give(lamp), world.give(lamp)]
        const ids = (await world.until(Promise.all(both))).map(({ id }) => id)
        await world.idle()
        assert.deepEqual([lamp.got, told().map(([id]) => id), world.commands.size], [ids, ids, 0])
    })

    it('wait for a device that is away, and are sent in order, within the jitter, when it comes', async () => {
        world.random = () => 0.5
        const commands = [await world.send(lamp), await world.send(lamp), await world.send(lamp)]
        await world.pass(10_000)
        world.connect(lamp)
        const later = await world.send(lamp)
        await world.pass(499)
        assert.deepEqual(lamp.got, [])
        await world.pass(1)
        assert.deepEqual(
            lamp.got,
            [...commands, later].map(({ id }) => id),
        )
    })

    it('are sent at once to a device that has connected before it was known whether any waits', async () => {
        world.random = () => 0.5
        world.connect(lamp)
        await world.idle()
        const command = await world.send(lamp)
        assert.deepEqual(lamp.got, [command.id])
    })

    it('expire where the device does not come, and are never sent after that', async () => {
        const command = await world.send(lamp)
        await world.pass(60_000, 20_000)
        assert.deepEqual(await endings(command), ['expired'])
        world.connect(lamp)
        await world.pass(1000)
        assert.deepEqual(lamp.got, [])
        assert.deepEqual(await endings(await world.send(lamp, { notAfter: world.clock.now() })), ['expired'])
    })

    it('are unreachable at once if they are not to be kept for a device that is away', async () => {
        const command = await world.send(lamp, { keep: false })
        assert.deepEqual(
            [command.ending, told()],
            [{ outcome: 'unreachable', cause: 'DEVICE_AWAY' }, [[command.id, 'unreachable', 'DEVICE_AWAY']]],
        )
        world.connect(lamp)
        assert.deepEqual(await endings(await world.send(lamp, { keep: false })), [null])
    })

    it('are sent again, with the same id, after a connection that broke; unless they must not be', async () => {
        lamp.answer = () => {}
        const link = world.connect(lamp)
        const [again, never] = [await world.send(lamp), await world.send(lamp, { resend: false })]
        await world.idle()
        world.drop(link)
        await world.idle()
        assert.deepEqual(await endings(again, never), [null, 'unreachable NO_ANSWER'])
        world.connect(lamp)
        await world.pass(1000)
        assert.deepEqual(
            lamp.arrivals.map(({ id }) => id),
            [again.id, never.id, again.id],
        )
    })

    it('that a device has are not sent again, and may be answered by another connection', async () => {
        lamp.answer = (id, say) => say({ id, status: 'received' })
        const first = world.connect(lamp)
        const command = await world.send(lamp, { timeout: 10_000 })
        await world.idle()
        world.drop(first)
        await world.pass(2000)
        const second = world.connect(lamp)
        await world.pass(2000)
        lamp.say(second, { id: command.id, status: 'done' })
        await world.idle()
        assert.deepEqual([lamp.arrivals.length, await endings(command)], [1, ['result']])
    })

    it('are not sent again to a device whose answer cannot be stored yet, and end with that answer', async () => {
        const { commands } = world.store
        const end = commands.end.bind(commands)
        commands.end = away
        lamp.answer = (id, say) => say({ id, status: 'done', value: 7 })
        const link = world.connect(lamp, 10)
        const { id } = await world.send(lamp)
        await world.pass(10)
        world.drop(link)
        world.connect(lamp)
        await world.idle()
        commands.end = end
        await world.pass(1000)
        assert.deepEqual([lamp.arrivals.length, (await world.until(world.commands.get(id)))!.ending], [1, { outcome: 'result', value: 7 }])
    })

    it('end in time: acknowledged if the device has them, and otherwise unreachable, with the connection', async () => {
        lamp.answer = () => {}
        const link = world.connect(lamp)
        const [has, silent] = [await world.send(lamp), await world.send(lamp)]
        await world.idle()
        lamp.say(link, { id: has.id, status: 'received' })
        await world.pass(5000)
        assert.deepEqual(await endings(has, silent), ['acknowledged NO_RESULT', 'unreachable NO_ANSWER'])
        assert.equal(link.isOpen, true)
        lamp.say(link, { id: silent.id, status: 'done' })
        await world.idle()
        assert.deepEqual(await endings(silent), ['unreachable NO_ANSWER'])
        link.isDead = true
        const lost = await world.send(lamp)
        await world.pass(5000)
        assert.deepEqual([await endings(lost), link.isOpen], [['unreachable NO_ANSWER'], false])
    })

    it('do not arrive after their time at a device that cannot check it', async () => {
        const link = world.connect(lamp, 3000)
        const command = await world.send(lamp, { notAfter: world.clock.now() + 2000 })
        await world.pass(10_000, 500)
        assert.deepEqual([lamp.got, link.isOpen, await endings(command)], [[], false, ['unreachable NO_ANSWER']])
    })

    it('with the same collapse key replace each other unless they have left', async () => {
        const [a, b] = [await world.send(lamp, { collapseKey: 'LED' }), await world.send(lamp, { collapseKey: 'other' })]
        const c = await world.send(lamp, { collapseKey: 'LED' })
        assert.deepEqual(await endings(a, b, c), ['rejected SUPERSEDED', null, null])
        lamp.answer = () => {}
        world.connect(lamp)
        await world.pass(1000)
        const d = await world.send(lamp, { collapseKey: 'LED' })
        assert.deepEqual(await endings(c, d), [null, null])
        await world.idle()
        assert.deepEqual(
            lamp.got,
            [b, c, d].map(({ id }) => id),
        )
        assert.equal(world.commands.size, 3)
    })

    it('with the same idempotency key are one command', async () => {
        const other = world.device('other', 'other')
        const both = [world.give(lamp, { idempotencyKey: 'k' }), world.give(lamp, { idempotencyKey: 'k' })]
        const [one, two] = await world.until(Promise.all(both))
        assert.equal(two!.id, one!.id)
        assert.notEqual((await world.send(other, { idempotencyKey: 'k' })).id, one!.id)
        world.connect(lamp)
        await world.pass(1000)
        assert.deepEqual(await endings(await world.send(lamp, { idempotencyKey: 'k' })), ['acknowledged'])
        assert.deepEqual(lamp.got, [one!.id])
    })

    it('are refused beyond so many for a device, where none makes room', async () => {
        const all: Command[] = []
        for (let i = 0; i < 5; i++) all.push(await world.send(lamp, { collapseKey: `${i}` }))
        await assert.rejects(world.send(lamp), refusal('TOO_MANY_COMMANDS'))
        await assert.rejects(world.send(lamp, { params: [{ name: 'x', value: 'x'.repeat(70_000) }] }), refusal('TOO_LARGE'))
        await world.send(lamp, { collapseKey: '0' })
        await world.send(world.device('pump'))
        assert.equal(world.commands.size, 6)
        assert.equal(await world.until(world.commands.withdraw(all[1]!.id)), true)
        await world.send(lamp)
    })

    it('have whole milliseconds in the store, whatever they were given with', async () => {
        const notAfter = world.clock.now() + 60_000
        const { id } = await world.send(lamp, { notAfter: notAfter + 0.4, timeout: 2.01 * 1000 })
        const kept = await world.until(world.commands.get(id))
        assert.deepEqual([kept!.notAfter, kept!.timeout], [notAfter, 2010])
    })

    it('are refused with parameters that are no JSON', async () => {
        const endless: unknown[] = []
        endless.push(endless)
        for (const value of [1n, endless]) await assert.rejects(world.send(lamp, { params: [{ name: 'x', value }] }), refusal('BAD_INPUT'))
        assert.equal(world.commands.size, 0)
    })

    it('can be withdrawn until they leave', async () => {
        const command = await world.send(lamp)
        assert.equal(await world.until(world.commands.withdraw(command.id, 'ann')), true)
        assert.equal((await world.until(world.commands.get(command.id)))!.ending!.reason, 'it was withdrawn by ann')
        assert.equal(await world.until(world.commands.withdraw(command.id)), false)
        lamp.answer = () => {}
        world.connect(lamp)
        const sent = await world.send(lamp)
        await world.pass(1000)
        assert.equal(await world.until(world.commands.withdraw(sent.id)), false)
        assert.deepEqual([lamp.got, await endings(command, sent)], [[sent.id], ['rejected WITHDRAWN', null]])
    })

    it('that are withdrawn just before their time is over take no others off the number of those that are under way', async () => {
        const kept = await world.send(lamp)
        const short = await world.send(world.device('fan'), { notAfter: world.clock.now() + 500 })
        assert.equal(await world.until(world.commands.withdraw(short.id)), true)
        await world.pass(600, 100)
        assert.equal(world.commands.size, 1)
        world.connect(lamp)
        await world.idle()
        assert.deepEqual(lamp.got, [kept.id])
    })

    it('wait for room in a connection that takes no more, in their order', async () => {
        const link = world.connect(lamp)
        link.isFull = true
        const commands = [await world.send(lamp), await world.send(lamp)]
        await world.idle()
        assert.equal(await world.until(world.commands.withdraw(commands[0]!.id)), true)
        link.drain()
        await world.idle()
        assert.deepEqual(lamp.got, [commands[1]!.id])
    })

    it('of one account are nothing to a device of another with the same id', async () => {
        world.connect(world.device('twin', 'acme'))
        const command = await world.send(world.device('twin'), { account: 'other', keep: false })
        assert.deepEqual(command.ending, { outcome: 'unreachable', cause: 'DEVICE_AWAY' })
        lamp.answer = () => {}
        world.connect(lamp)
        const mine = await world.send(lamp)
        await world.idle()
        const thief = world.device('thief')
        const link = world.connect(thief)
        thief.say(link, { id: mine.id, status: 'done' })
        await world.idle()
        assert.deepEqual(await endings(mine), [null])
        assert.deepEqual(
            (await world.until(world.commands.list({ account: 'acme', limit: 9 }))).map(({ id }) => id),
            [mine.id],
        )
    })
})
