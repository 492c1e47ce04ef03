import assert from 'node:assert/strict'
import { Orders } from '../../../src/power/orders.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('what a plug was told', () => {
    const open = () => {
        const clock = new FakeClock()
        return { clock, orders: new Orders(clock) }
    }

    it('leaves it on until it has said OFF after an OFF, proven', () => {
        const { orders } = open()
        orders.sent(true)
        orders.heard(false, 'echo')
        assert.deepEqual([orders.mayBeOn, orders.agrees(false), orders.unsettled], [true, false, true])
        orders.sent(false)
        orders.heard(false, 'answer')
        assert.deepEqual([orders.mayBeOn, orders.agrees(false), orders.unsettled], [true, true, true])
        orders.proven(false)
        assert.deepEqual([orders.mayBeOn, orders.agrees(false), orders.unsettled], [false, true, false])
    })

    it('is no longer on its way after a minute, when any word counts', () => {
        const { clock, orders } = open()
        orders.sent(true)
        orders.sent(false)
        clock.advance(59_999)
        orders.heard(false, 'answer')
        assert.equal(orders.mayBeOn, true)
        clock.advance(1)
        orders.heard(true, 'answer')
        assert.equal(orders.mayBeOn, true)
        orders.heard(false, 'answer')
        assert.equal(orders.mayBeOn, false)
    })

    it('by somebody before us counts as just told, whatever is proven meanwhile', () => {
        const { clock, orders } = open()
        orders.inherit(true)
        orders.sent(false)
        orders.proven(false)
        orders.heard(false, 'echo')
        assert.deepEqual([orders.inherited, orders.mayBeOn], [true, true])
        clock.advance(60_000)
        orders.heard(false, 'answer')
        assert.deepEqual([orders.inherited, orders.mayBeOn], [false, false])
    })

    it('is taken for done by one of two plugs, and not any more once both are heard', () => {
        const { orders } = open()
        orders.sent(true)
        orders.proven(true)
        orders.sent(false)
        orders.proven(false)
        assert.equal(orders.mayBeOn, false)
        orders.heard(true, 'echo')
        assert.equal(orders.mayBeOn, false, 'somebody has pressed the button')
        assert.equal(orders.crowd(), true)
        assert.deepEqual([orders.mayBeOn, orders.unsettled], [true, true])
    })
})
