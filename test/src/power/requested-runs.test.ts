import assert from 'node:assert/strict'
import { type OpenRequests, RequestedRuns } from '../../../src/power/requested-runs.ts'
import { away, TaskBench } from '../tasks/bench.ts'

describe('runs that end with their requests', () => {
    let bench: TaskBench
    let requests: OpenRequests
    let ended: string[]
    /** Whether the socket is being deployed anew, so that it ends nothing. */
    let isAway: boolean
    const open = (socket = 's') =>
        new RequestedRuns({
            ...{ socket, tasks: bench.tasks, requests, clock: bench.clock, signal: bench.closing.signal },
            end: (id) => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(void ended.push(id))),
            log: (text) => bench.logged.push(text),
        })
    /** Begins an instance. @returns what tells that its request is over */
    async function begin(runs: RequestedRuns, id: string): Promise<(isDone: boolean) => void> {
        let over: ((isDone: boolean) => void) | undefined
        const binding = runs.bind((run) => {
            over = run
            return true
        })
        await binding!.begin(id)
        return over!
    }
    const count = () => bench.count('requested-run')
    beforeEach(() => {
        bench = new TaskBench()
        requests = new Map()
        ;[ended, isAway] = [[], false]
    })
    afterEach(() => bench.clear())

    it('are not worth writing down when they are answered soon', async () => {
        const over = await begin(open(), 'a')
        await bench.advance(99, () => true)
        over(true)
        await bench.advance(10_000, () => true)
        assert.deepEqual([count(), ended, requests.size], [0, [], 0])
    })

    it('are written down while a request stays open, and end with it unless all went well', async () => {
        const runs = open()
        const [good, bad] = [await begin(runs, 'good'), await begin(runs, 'bad')]
        await bench.advance(100, () => count() === 2)
        good(true)
        bad(false)
        await bench.until(() => count() === 0)
        assert.deepEqual([ended, requests.size], [['bad'], 0])
    })

    it('are ended by the next process if this one does not live to, and no others are', async () => {
        const [runs, others] = [open(), open('t')]
        await begin(runs, 'a')
        const over = await begin(runs, 'b')
        await begin(others, 'c')
        await bench.advance(100, () => count() === 3)
        over(true)
        await bench.until(() => count() === 2)
        await bench.restart()
        requests = new Map()
        open()
        await bench.until(() => count() === 1)
        assert.deepEqual(ended, ['a'])
        open('t')
        await bench.until(() => count() === 0)
        assert.deepEqual(ended, ['a', 'c'])
    })

    it('stay while their requests are open, whatever is being deployed anew', async () => {
        const over = await begin(open(), 'a')
        await bench.advance(100, () => count() === 1)
        await bench.restart()
        open()
        await bench.idle()
        assert.deepEqual([ended, count()], [[], 1])
        over(false)
        await bench.until(() => ended.length > 0)
    })

    it('end once their socket is back, though Node-RED was killed before', async () => {
        const over = await begin(open(), 'a')
        isAway = true
        over(false)
        await bench.until(() => count() === 1)
        await bench.restart()
        requests = new Map()
        open()
        await bench.until(() => bench.logged.length > 0)
        isAway = false
        await bench.advance(1000, () => ended.length > 0)
        assert.deepEqual(ended, ['a'])
    })

    it('end once their socket is back, though the store was closed when the request was over', async () => {
        const over = await begin(open(), 'a')
        isAway = true
        bench.closing.abort()
        await bench.db.close()
        over(false)
        isAway = false
        await bench.restart()
        open()
        await bench.until(() => ended.length > 0 && count() === 0)
        assert.deepEqual([ended, requests.size], [['a'], 0])
    })

    it('end with their requests while the store is away, too', async () => {
        bench.open({ add: away })
        const over = await begin(open(), 'a')
        await bench.advance(100, () => true)
        over(false)
        await bench.until(() => ended.length > 0)
        assert.equal(requests.size, 0)
    })
})
