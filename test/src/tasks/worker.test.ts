import assert from 'node:assert/strict'
import { away, TaskBench } from './bench.ts'

describe('a worker', () => {
    let bench: TaskBench
    beforeEach(() => {
        bench = new TaskBench()
    })
    afterEach(() => bench.clear())

    it('does what is due when it is, in order, and removes it', async () => {
        const worker = bench.worker()
        await Promise.all([worker.add(bench.task('c', 3000)), worker.add(bench.task('a', 1000)), worker.add(bench.task('b', 1000))])
        await bench.idle()
        assert.deepEqual([bench.did, worker.left, bench.count()], [[], 1000, 3])
        await bench.advance(999, () => true)
        assert.deepEqual(bench.did, [])
        await bench.advance(1, () => bench.did.length === 2)
        assert.deepEqual(bench.did, ['a', 'b'])
        await bench.advance(2000, () => bench.count() === 0)
        assert.deepEqual(bench.did, ['a', 'b', 'c'])
        assert.deepEqual(await bench.db.tasks.ofOwner('test', 'n1', 0, 9), [])
    })

    it('does after a restart what is overdue, in order, and the rest when it is due', async () => {
        const worker = bench.worker({ run: () => assert.fail('it is not due') })
        for (const [payload, ms] of [
            ['2', 2000],
            ['1', 1000],
            ['3', 9000],
        ] as const)
            await worker.add(bench.task(payload, ms))
        await bench.restart()
        await bench.clock.advanceAsync(5000)
        bench.worker()
        await bench.until(() => bench.did.length === 2)
        await bench.idle()
        assert.deepEqual(bench.did, ['1', '2'])
        await bench.advance(4000, () => bench.did.length === 3)
    })

    it('takes only its own', async () => {
        const one = bench.worker({ queue: 'one' })
        const other = bench.worker({ queue: 'other', run: ({ payload }) => void bench.did.push(`other ${payload}`) })
        await Promise.all([
            one.add(bench.task('a')),
            other.add(bench.task('b')),
            bench.worker({ kind: 'else', queue: 'one' }).add(bench.task('c')),
        ])
        await bench.until(() => bench.did.length === 3)
        assert.deepEqual(bench.did.toSorted(), ['a', 'c', 'other b'])
    })

    it('tries again what has failed, later each time, and leaves the others running', async () => {
        let fails = 3
        const tried: number[] = []
        const worker = bench.worker({
            run({ payload, attempts }) {
                if (payload === 'bad' && fails-- > 0) throw new Error(`no ${attempts}`)
                tried.push(bench.clock.now())
                bench.did.push(payload)
            },
        })
        const begun = bench.clock.now()
        await Promise.all(['bad', 'good'].map((payload) => worker.add(bench.task(payload))))
        await bench.until(() => bench.did.length === 1)
        for (const ms of [1000, 2000, 4000]) await bench.advance(ms, () => true)
        await bench.until(() => bench.did.length === 2)
        assert.deepEqual([bench.did, tried[1]! - begun], [['good', 'bad'], 7000])
        assert.equal(bench.logged.length, 3)
        assert.match(bench.logged[2]!, /a task of the kind test failed and is tried again: no 2/)
    })

    it('has done again what asks for it, with another payload', async () => {
        const worker = bench.worker({
            run({ payload, attempts }) {
                bench.did.push(`${payload} ${attempts}`)
                return attempts < 2 ? { after: 5000, payload: `${payload}!` } : undefined
            },
        })
        await worker.add(bench.task('a'))
        await bench.until(() => bench.did.length === 1)
        await bench.advance(5000, () => bench.did.length === 2)
        await bench.advance(5000, () => bench.count() === 0)
        assert.deepEqual(bench.did, ['a 0', 'a! 1', 'a!! 2'])
        assert.deepEqual(bench.db.tasks.total('test'), { count: 0, bytes: 0 })
    })

    it('holds no more than it may at the same time, by number and by size', async () => {
        const ends: (() => void)[] = []
        let most = 0
        const run = () => {
            const { promise, resolve } = Promise.withResolvers<undefined>()
            most = Math.max(
                most,
                ends.push(() => resolve(undefined)),
            )
            return promise
        }
        const worker = bench.worker({ limit: 3, bytes: 100, run })
        await Promise.all(Array.from({ length: 7 }, () => worker.add(bench.task('x'))))
        const finish = async () => {
            await bench.until(() => ends.length > 0)
            await bench.idle()
            for (const end of ends.splice(0)) end()
        }
        while (bench.count() > 0) await finish().then(() => bench.idle())
        assert.equal(most, 3)
        most = 0
        await Promise.all(['x'.repeat(60), 'x'.repeat(60), 'x'.repeat(500)].map((text) => worker.add(bench.task(text))))
        while (bench.count() > 0) await finish().then(() => bench.idle())
        assert.equal(most, 1)
    })

    it('is fair between keys and begins no more of one than it may, in their order', async () => {
        const running = new Map<string, number>()
        let most = 0
        const ends: (() => void)[] = []
        const worker = bench.worker({
            limit: 4,
            share: () => ({ group: '', limit: 4, each: 2 }),
            async run({ key, payload }) {
                running.set(key!, (running.get(key!) ?? 0) + 1)
                most = Math.max(most, running.get(key!)!)
                bench.did.push(payload)
                await new Promise<void>((resolve) => ends.push(resolve))
                running.set(key!, running.get(key!)! - 1)
                return undefined
            },
        })
        const add = (key: string, n: number) => worker.add(bench.task(`${key}${n}`, 0, { key }))
        await Promise.all(Array.from({ length: 300 }, (_, n) => add(n < 150 ? 'a' : 'b', n)))
        await bench.until(() => ends.length === 4)
        await Promise.all([add('c', 1), add('d', 1)])
        while (bench.count() > 0) {
            await bench.idle()
            for (const end of ends.splice(0)) end()
        }
        assert.equal(most, 2)
        assert.equal(new Set(bench.did).size, 302)
        for (const one of ['c1', 'd1']) assert.ok(bench.did.indexOf(one) < 20, `${one} is ${bench.did.indexOf(one)}.`)
        for (const key of 'ab') {
            const numbers = bench.did.flatMap((text) => (text[0] === key ? [Number(text.slice(1))] : []))
            assert.deepEqual(
                numbers,
                numbers.toSorted((x, y) => x - y),
            )
        }
    })

    it('gives what is parked by its key, in order, until it is completed, and tells what has expired', async () => {
        const expired: string[] = []
        const worker = bench.worker({
            run: () => assert.fail('nothing is due'),
            expires: true,
            ended: ({ payload }) => void expired.push(payload),
        })
        const park = (payload: string, key: string, ms: number) =>
            worker.add(bench.task(payload, Number.POSITIVE_INFINITY, { key, expiresAt: bench.clock.now() + ms }))
        for (const n of '1234') await park(n, 'peer', 9000)
        await park('other', 'someone', 1000)
        const taken = await worker.take('peer', 3)
        assert.deepEqual(
            taken.map(({ payload }) => payload),
            ['1', '2', '3'],
        )
        assert.deepEqual(
            (await worker.take('peer', 9)).map(({ payload }) => payload),
            ['4'],
        )
        await worker.complete([taken[0]!.id])
        await worker.park([taken[2]!.id, taken[1]!.id])
        assert.deepEqual(
            (await worker.take('peer', 9)).map(({ payload }) => payload),
            ['2', '3'],
        )
        await worker.park([taken[1]!.id])
        await bench.advance(1000, () => expired.length === 1)
        await bench.advance(8000, () => expired.length === 2)
        await bench.until(() => bench.count() === 2)
        assert.deepEqual(expired, ['other', '2'])
    })

    it('can move, cancel and call up what it keeps', async () => {
        const worker = bench.worker()
        const [a, b, c] = await Promise.all(
            ['a', 'b', 'c'].map((text) => worker.add(bench.task(text, text === 'c' ? Number.POSITIVE_INFINITY : 1000))),
        )
        await worker.complete([b!])
        assert.equal(await worker.change(a!, { dueAt: bench.clock.now() + 5000 }), true)
        assert.equal(await worker.change(b!, { dueAt: bench.clock.now() }), false)
        await bench.advance(1000, () => true)
        assert.deepEqual(bench.did, [])
        await worker.change(c!, { dueAt: bench.clock.now(), payload: 'call' })
        await bench.until(() => bench.did.length === 1)
        await bench.advance(4000, () => bench.did.length === 2)
        assert.deepEqual(bench.did, ['call', 'a'])
    })

    describe('while the store is away', () => {
        it('does nothing twice that cannot be removed, also after it was made anew', async () => {
            let isAway = true
            const { tasks } = bench.db
            bench.open({ remove: (ids) => (isAway ? away() : tasks.remove(ids)) })
            await bench.worker().add(bench.task('a'))
            await bench.until(() => bench.did.length === 1)
            bench.closing.abort()
            bench.closing = new AbortController()
            bench.worker()
            await bench.idle()
            assert.deepEqual([bench.did, bench.count()], [['a'], 1])
            isAway = false
            await bench.advance(30_000, () => bench.count() === 0)
            assert.deepEqual([bench.did, bench.tasks.busyCount], [['a'], 0])
        })

        it('says of what was to be completed that it is not when the last worker closes, and the next one completes it', async () => {
            let isAway = true
            const { tasks } = bench.db
            bench.open({ remove: (ids) => (isAway ? away() : tasks.remove(ids)) })
            const worker = bench.worker()
            const id = await worker.add(bench.task('a', 60_000))
            const completed = assert.rejects(worker.complete([id]), { code: 'STORE_UNAVAILABLE' })
            await bench.idle()
            bench.closing.abort()
            await completed
            // One that is asked afterwards is answered at once.
            await assert.rejects(worker.complete([id]), { code: 'STORE_UNAVAILABLE' })
            isAway = false
            bench.closing = new AbortController()
            bench.worker()
            await bench.until(() => bench.count() === 0)
            assert.deepEqual(bench.did, [])
        })

        it('does nothing twice that cannot be removed, also after the store was closed and opened again', async () => {
            bench.open({ remove: away })
            await bench.worker().add(bench.task('a'))
            await bench.until(() => bench.did.length === 1)
            await bench.restart()
            bench.worker()
            await bench.until(() => bench.tasks.busyCount === 0)
            await bench.idle()
            assert.deepEqual([bench.did, bench.count()], [['a'], 0])
        })

        it('goes on once it is back', async () => {
            let isAway = false
            const { tasks } = bench.db
            bench.open({ claim: (ids, claim) => (isAway ? away() : tasks.claim(ids, claim)) })
            await bench.worker().add(bench.task('a', 1000))
            isAway = true
            await bench.advance(5000, () => true)
            assert.deepEqual([bench.did, bench.logged], [[], []])
            isAway = false
            await bench.advance(30_000, () => bench.did.length === 1)
        })
    })

    describe('that closes', () => {
        it('leaves what it was at to the next, at once and only once it has let go of it', async () => {
            const { promise, reject } = Promise.withResolvers<undefined>()
            let isRunning = false
            const run = () => {
                isRunning = true
                return promise
            }
            await bench.worker({ run }).add(bench.task('a'))
            await bench.until(() => isRunning)
            bench.closing.abort()
            bench.closing = new AbortController()
            bench.worker()
            await bench.idle()
            assert.deepEqual(bench.did, [])
            reject(new Error('stopped'))
            await bench.until(() => bench.did.length === 1)
            assert.deepEqual(bench.logged, [])
        })

        it('is settled once what was added is in the store', async () => {
            const worker = bench.worker()
            void worker.add(bench.task('a', 1000))
            bench.closing.abort()
            await worker.settled()
            assert.equal((await bench.db.tasks.ofOwner('test', 'n1', 0, 9)).length, 1)
            assert.equal(bench.clock.pending, 0)
        })

        it('without having let go of anything leaves it to the next process, at once', async () => {
            await bench.worker({ run: () => new Promise(() => {}) }).add(bench.task('a'))
            await bench.until(() => bench.tasks.busyCount === 1)
            await bench.until(async () => (await bench.store.ask('select holder from tasks'))[0]?.holder !== null)
            await bench.restart()
            bench.worker()
            await bench.until(() => bench.did.length === 1)
        })
    })
})
