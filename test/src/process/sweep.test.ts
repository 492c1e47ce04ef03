import assert from 'node:assert/strict'
import { sweepStates } from '../../../src/process/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const hour = 3_600_000

describe('sweepStates', () => {
    it('forgets what nodes remembered that are gone for an hour, and nothing else', async () => {
        const clock = new FakeClock()
        const closing = new AbortController()
        const kept = new Map<string, unknown>(['there', 'gone', 'back'].map((node) => [node, 1]))
        const there = new Set(['there'])
        let isAway = false
        const states = {
            nodes: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([...kept.keys()])),
            put: async (node: string, state: unknown) => void (state === undefined && kept.delete(node)),
        }
        const over = sweepStates({ states, clock, exists: () => (node) => there.has(node) }, closing.signal)
        await clock.advanceAsync(0)
        assert.equal(kept.size, 3)
        there.add('back')
        isAway = true
        await clock.advanceAsync(hour)
        assert.equal(kept.size, 3)
        isAway = false
        await clock.advanceAsync(hour)
        assert.deepEqual([...kept.keys()], ['there', 'back'])
        there.delete('there')
        await clock.advanceAsync(hour)
        assert.deepEqual([...kept.keys()], ['there', 'back'])
        closing.abort()
        await over
    })
})
