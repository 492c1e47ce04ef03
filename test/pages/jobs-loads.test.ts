import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { JobLoads } from '../../web/jobs/job-loads.ts'
import type { JobsModel } from '../../web/jobs/jobs-model.ts'
import type { JobFilter } from '../../web/jobs/service.ts'

const NOW = 1_000_000

describe('the jobs page reads', () => {
    let asked: JobFilter[]
    let answer: (filter: JobFilter) => Promise<string | undefined>
    let dropped: number
    let loads: JobLoads
    beforeEach(() => {
        asked = []
        dropped = 0
        const load = (filter: JobFilter) => {
            asked.push(filter)
            return answer(filter)
        }
        const model = { now: NOW, load, dropOld: () => dropped++ }
        loads = new JobLoads(model as unknown as JobsModel, () => {})
    })

    it('all jobs of a time, page by page, to both sides of now, and says when there are too many', async () => {
        const pages = new Map<string | undefined, string | undefined>([
            [undefined, 'a'],
            ['a', undefined],
        ])
        answer = async ({ after }) => pages.get(after)
        await loads.range({ from: 0, to: 2 * NOW })
        const sides = Object.groupBy(asked, ({ isAscending }) => (isAscending ? 'later' : 'earlier'))
        assert.deepEqual(
            sides.later!.map(({ from, to, after }) => [from, to, after]),
            [
                [NOW, 2 * NOW, undefined],
                [NOW, 2 * NOW, 'a'],
            ],
        )
        assert.deepEqual(
            sides.earlier!.map(({ from, to, after }) => [from, to, after]),
            [
                [0, NOW, undefined],
                [0, NOW, 'a'],
            ],
        )
        assert.equal(loads.isCut, false)
        asked = []
        answer = async () => 'more'
        await loads.range({ from: 2 * NOW, to: 3 * NOW })
        assert.equal(
            asked.reduce((sum, { limit }) => sum + limit!, 0),
            2000,
        )
        assert.equal(loads.isCut, true)
        asked = []
        loads.follow({ from: 2 * NOW + 10, to: 3 * NOW + 10 })
        assert.deepEqual(asked, [])
        loads.follow({ from: 2.5 * NOW, to: 3.5 * NOW })
        assert.equal(asked.length, 1)
    })

    it('again what it could not read, says so meanwhile, and only then forgets what is gone', async () => {
        mock.timers.enable({ apis: ['setTimeout'] })
        try {
            answer = ({ from }) => (from === undefined ? Promise.reject(new Error('the store is away')) : Promise.resolve(undefined))
            await Promise.all([loads.list({}), loads.range({ from: 0, to: 10 })])
            assert.equal(loads.trouble, 'the store is away')
            assert.deepEqual([dropped, asked.length], [0, 2])
            answer = async () => 'next'
            mock.timers.tick(1000)
            await new Promise((resolve) => setImmediate(resolve))
            assert.deepEqual([loads.trouble, loads.next, dropped, asked.length], ['', 'next', 1, 3])
            mock.timers.tick(60_000)
            assert.equal(asked.length, 3)
        } finally {
            mock.timers.reset()
        }
    })
})
