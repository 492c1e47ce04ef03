import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { Controls } from '../../../src/views/controls.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { forgetful } from '../fleet/memory.ts'

describe('remote control', () => {
    let clock: FakeClock
    let fleet: Fleet
    let controls: Controls
    let closing: AbortController
    let told: string[]
    beforeEach(async () => {
        clock = new FakeClock()
        closing = new AbortController()
        told = []
        fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: (text) => assert.fail(text) })
        controls = new Controls(fleet, clock, closing.signal)
        await say({ x: 1, o: { a: 1 } })
    })
    afterEach(() => {
        closing.abort()
        assert.equal(clock.pending, 0)
    })

    const say = (set: object, id = 'd') => fleet.update(id, set, { register: true, history: false })
    const want = (request: string, value: unknown, property = 'x', connection = 'c') =>
        controls.begin({
            connection,
            request,
            id: 'd',
            property,
            value,
            done: (state, message) => told.push([request, state, message].join(' ').trim()),
        })

    it('is confirmed once the device says so, by whatever it calls the value', async () => {
        want('number', 5)
        want('text', '5')
        want('object', { a: 2 }, 'o')
        await say({ x: 4 })
        await say({ x: 5 }, 'other')
        assert.deepEqual(told, [])
        await say({ x: 5 })
        assert.deepEqual(told, ['number confirmed', 'text confirmed'])
        await say({ o: { a: 2 } })
        assert.deepEqual(told.at(-1), 'object confirmed')
    })

    it('is confirmed by a device that was so already, when it says so again or in the end', async () => {
        want('said', 1)
        await say({ x: 1 })
        assert.deepEqual(told, ['said confirmed'])
        want('unsaid', 1)
        await clock.advanceAsync(10_000)
        assert.deepEqual(told, ['said confirmed', 'unsaid confirmed'])
    })

    it('fails when the device does not do it in time, or could not be told, and only once', async () => {
        want('late', 5)
        want('away', 6)
        assert.equal(controls.fail('c', 'away', 'the peer is not connected'), true)
        assert.equal(controls.fail('c', 'away', 'again'), false)
        assert.equal(controls.fail('another', 'late', 'not its own'), false)
        await clock.advanceAsync(9999)
        assert.deepEqual(told, ['away failed the peer is not connected'])
        await clock.advanceAsync(1)
        assert.deepEqual(told.at(-1), 'late failed the device did not confirm it within 10 s')
        await say({ x: 5 })
        assert.equal(told.length, 2)
    })

    it('is bounded, wants a name for each request, and ends with the viewer', () => {
        for (let i = 0; i < 100; i++) want(`r${i}`, 5)
        assert.throws(() => want('r0', 5), refused(422, 'BAD_INPUT'))
        assert.throws(() => want('more', 5), refused(429, 'TOO_MANY_REQUESTS'))
        want('more', 5, 'x', 'another')
        controls.leave('c')
        controls.leave('another')
        assert.deepEqual([told, clock.pending <= 1], [[], true])
        clock.advance(60_000)
        assert.deepEqual(told, [])
    })
})
