import assert from 'node:assert/strict'
import { Ledger } from '../../../src/power/ledger.ts'
import type { PowerChange, PowerRepository, SocketRow } from '../../../src/power/repository.ts'
import { Refusal } from '../../../src/refusal.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'

const unavailable = refused(503, 'STORE_UNAVAILABLE')
const fact = (n: number): PowerChange => ({ events: [{ at: n, kind: 'on', owner: `i${n}` }] })

describe('Ledger', () => {
    const open = () => {
        const clock = new FakeClock()
        const kept: PowerChange[] = []
        const state = { down: false, row: { id: 's1', name: 'heater', owned: false, haltedAt: null } as SocketRow, tries: 0 }
        const repository = {
            commit: async (_: string, change: PowerChange) => {
                state.tries++
                await Promise.resolve()
                if (state.down) throw new Refusal(503, 'STORE_UNAVAILABLE', 'down')
                kept.push(change)
            },
        } as unknown as PowerRepository
        const closing = new AbortController()
        const ledger = new Ledger({ repository, socket: 's1', row: () => state.row, clock, signal: closing.signal })
        const owners = () => kept.flatMap((change) => change.events?.map((event) => event.owner) ?? [])
        return { clock, kept, state, ledger, closing, owners }
    }

    it('keeps facts in their order over failures', async () => {
        const { clock, state, ledger, owners } = open()
        await ledger.fact(fact(1))
        state.down = true
        await assert.rejects(ledger.fact(fact(2)), unavailable)
        await assert.rejects(ledger.fact(fact(3)), unavailable)
        await clock.advanceAsync(10_000)
        assert.deepEqual(owners(), ['i1'])
        state.down = false
        await assert.rejects(ledger.fact(fact(4)), unavailable)
        await clock.advanceAsync(30_000)
        assert.deepEqual(owners(), ['i1', 'i2', 'i3', 'i4'])
        assert.equal(ledger.behind, false)
        await ledger.fact(fact(5))
        assert.equal(clock.pending, 0)
    })

    it('does not try more often than every half a minute in the end, and at once when the store is back', async () => {
        const { clock, state, ledger, owners } = open()
        state.down = true
        await assert.rejects(ledger.fact(fact(1)), unavailable)
        await clock.advanceAsync(600_000)
        assert.ok(state.tries < 30, `${state.tries} tries`)
        state.down = false
        ledger.now()
        ledger.now()
        await clock.advanceAsync(0)
        assert.deepEqual(owners(), ['i1'])
        assert.equal(clock.pending, 0)
    })

    it('refuses intentions while facts wait, and forgets those that failed', async () => {
        const { clock, state, ledger, owners } = open()
        state.down = true
        await assert.rejects(ledger.intend(fact(1)), unavailable)
        assert.equal(ledger.behind, false)
        await assert.rejects(ledger.fact(fact(2)), unavailable)
        state.down = false
        await assert.rejects(ledger.intend(fact(3)), unavailable)
        await clock.advanceAsync(2000)
        await ledger.intend(fact(4))
        assert.deepEqual(owners(), ['i2', 'i4'])
    })

    it('writes of the socket what is true by then', async () => {
        const { clock, kept, state, ledger } = open()
        state.down = true
        await assert.rejects(ledger.fact({ socket: state.row }), unavailable)
        state.row = { ...state.row, owned: true }
        state.down = false
        await clock.advanceAsync(2000)
        assert.deepEqual(kept, [{ socket: { id: 's1', name: 'heater', owned: true, haltedAt: null } }])
    })

    it('holds so many at the most, losing the oldest', async () => {
        const { clock, state, ledger, owners } = open()
        state.down = true
        for (let n = 0; n < 10_050; n++) await assert.rejects(ledger.fact(fact(n)))
        state.down = false
        await clock.advanceAsync(2000)
        assert.deepEqual([owners().length, owners()[0], owners().at(-1)], [10_000, 'i50', 'i10049'])
    })

    it('holds no timer once it is closed', async () => {
        const { clock, state, ledger, closing } = open()
        state.down = true
        await assert.rejects(ledger.fact(fact(1)), unavailable)
        assert.equal(clock.pending, 1)
        closing.abort()
        assert.equal(clock.pending, 0)
        await assert.rejects(ledger.fact(fact(2)), unavailable)
        assert.equal(clock.pending, 0)
    })
})
