import assert from 'node:assert/strict'
import { sweepStates, sweepWaits, type WaitEntry } from '../../../src/process/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const hour = 3_600_000

describe('sweepWaits', () => {
    it('takes what is long overdue of nodes that are gone, and nothing else', async () => {
        const clock = new FakeClock()
        const closing = new AbortController()
        let isAway = false
        const from = clock.now()
        const row = (id: string, node: string, late: number): WaitEntry => ({
            id,
            node,
            dueAt: from - late,
            callback: `of ${id}`,
            bytes: 1,
        })
        let rows = [row('there', 'w', 2 * hour), row('gone', 'old', 2 * hour), row('later', 'old', 0)]
        const repository = {
            overdue: (by: number) =>
                isAway ? Promise.reject(new Error('away')) : Promise.resolve(rows.filter(({ dueAt }) => dueAt <= by)),
            remove: (ids: string[]) => {
                rows = rows.filter(({ id }) => !ids.includes(id))
                return Promise.resolve()
            },
        }
        const dropped: string[] = []
        const drop = (ids: string[]) => void dropped.push(...ids)
        const over = sweepWaits({ repository, clock, exists: () => (node) => node === 'w', drop }, closing.signal)
        await clock.advanceAsync(0)
        assert.deepEqual([dropped, rows.map(({ id }) => id)], [['of gone'], ['there', 'later']])
        isAway = true
        await clock.advanceAsync(hour)
        isAway = false
        await clock.advanceAsync(hour)
        assert.deepEqual(dropped, ['of gone', 'of later'])
        closing.abort()
        await over
        assert.equal(clock.pending, 0)
    })
})

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
