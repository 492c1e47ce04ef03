import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { forgetful } from './memory.ts'

describe('devices that nobody knows', () => {
    it('are counted once each, told four times a second at most, and no more once they are taken in', async () => {
        const clock = new FakeClock()
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: assert.fail })
        const closing = new AbortController()
        const told: number[] = []
        fleet.unknown.listen(() => told.push(fleet.unknown.count), closing.signal)
        const update = (id: string, register: boolean) => fleet.update(id, { x: 1 }, { register, history: false })
        for (let i = 0; i < 5; i++)
            for (const id of ['a', 'b', 'c']) await assert.rejects(update(id, false), refused(404, 'UNKNOWN_DEVICE'))
        assert.deepEqual([told, fleet.unknown.count], [[], 0])
        clock.advance(250)
        assert.deepEqual(told, [3])
        await update('b', true)
        await update('d', true)
        clock.advance(250)
        assert.deepEqual(told, [3, 2])
        closing.abort()
        await assert.rejects(update('e', false))
        clock.advance(250)
        assert.deepEqual([told, fleet.unknown.count], [[3, 2], 3])
    })

    it('are counted up to ten thousand, for anybody may make up ids', async () => {
        const clock = new FakeClock()
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: assert.fail })
        for (let i = 0; i < 10_100; i++) await fleet.update(`d${i}`, {}, { register: false, history: false }).catch(() => {})
        clock.advance(250)
        assert.equal(fleet.unknown.count, 10_000)
    })
})
