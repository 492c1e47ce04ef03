import assert from 'node:assert/strict'
import { Enforcer } from '../../../src/power/enforcer.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('Enforcer', () => {
    const open = (attempt: () => boolean | Promise<boolean>) => {
        const clock = new FakeClock()
        const closing = new AbortController()
        const state = { due: true, tries: [] as number[] }
        const start = clock.now()
        const enforcer = new Enforcer({
            clock,
            due: () => state.due,
            attempt: async () => {
                state.tries.push(clock.now() - start)
                return await attempt()
            },
            signal: closing.signal,
        })
        return { clock, closing, state, enforcer }
    }

    it('does nothing when nothing is due', async () => {
        const { clock, state, enforcer } = open(() => true)
        state.due = false
        enforcer.kick()
        enforcer.now()
        await clock.advanceAsync(100_000)
        assert.deepEqual(state.tries, [])
    })

    it('tries again and again, ever less often, until the plug is off', async () => {
        let off = false
        const { clock, state, enforcer } = open(() => {
            if (off) state.due = false
            return off
        })
        enforcer.kick()
        await clock.advanceAsync(100_000)
        assert.deepEqual(state.tries, [0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
        off = true
        await clock.advanceAsync(100_000)
        assert.deepEqual([state.tries.length, clock.pending], [9, 0])
        off = false
        state.due = true
        enforcer.kick()
        await clock.advanceAsync(1000)
        assert.deepEqual(state.tries.length, 11)
    })

    it('does not flood a plug that says again and again that it is on', async () => {
        const { clock, state, enforcer } = open(() => false)
        for (let n = 0; n < 1000; n++) {
            enforcer.kick()
            await clock.advanceAsync(10)
        }
        assert.ok(state.tries.length <= 5, `${state.tries.length} tries in 10 s`)
    })

    it('does not make a relay chatter that somebody switches on whenever it is switched off', async () => {
        const { clock, state, enforcer } = open(() => true)
        for (let n = 0; n < 1000; n++) {
            enforcer.kick()
            await clock.advanceAsync(10)
        }
        assert.ok(state.tries.length > 2 && state.tries.length < 10, `${state.tries.length} tries in 10 s`)
    })

    it('acts at once again on one who switches on later', async () => {
        const { clock, state, enforcer } = open(() => {
            state.due = false
            return true
        })
        for (let n = 0; n < 3; n++) {
            state.due = true
            enforcer.kick()
            await clock.advanceAsync(60_000)
        }
        assert.deepEqual(state.tries, [0, 60_000, 120_000])
    })

    it('acts at once on each of several that ran one after the other: nobody insists', async () => {
        const { clock, state, enforcer } = open(() => {
            state.due = false
            return true
        })
        for (let n = 0; n < 20; n++) {
            enforcer.wanted()
            await clock.advanceAsync(100)
            state.due = true
            enforcer.kick()
            await clock.advanceAsync(0)
            assert.equal(state.tries.length, n + 1)
        }
    })

    it('does not miss that it is due again by the time it has succeeded', async () => {
        const { clock, state, enforcer } = open(() => {
            state.due = state.tries.length < 2
            return true
        })
        enforcer.kick()
        await clock.advanceAsync(1000)
        assert.equal(state.tries.length, 2)
    })

    it('tries at once when the plug comes within reach, but only once at a time', async () => {
        const gate = Promise.withResolvers<boolean>()
        const { clock, state, enforcer } = open(() => (state.tries.length === 1 ? false : gate.promise))
        enforcer.kick()
        await clock.advanceAsync(100)
        enforcer.now()
        enforcer.now()
        enforcer.kick()
        assert.deepEqual(state.tries, [0, 100])
        state.due = false
        gate.resolve(true)
        await clock.advanceAsync(100_000)
        assert.deepEqual([state.tries.length, clock.pending], [2, 0])
    })

    it('goes on after an attempt that threw', async () => {
        const { clock, state, enforcer } = open(() => Promise.reject(new Error('TOO_BUSY')))
        enforcer.kick()
        await clock.advanceAsync(1000)
        assert.equal(state.tries.length, 2)
    })

    it('ends when it is closed, waiting or trying', async () => {
        const { clock, closing, state, enforcer } = open(() => false)
        enforcer.kick()
        await clock.advanceAsync(0)
        closing.abort()
        assert.equal(clock.pending, 0)
        enforcer.now()
        enforcer.kick()
        await clock.advanceAsync(100_000)
        assert.equal(state.tries.length, 1)
    })
})
