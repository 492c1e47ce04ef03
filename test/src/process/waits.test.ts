import assert from 'node:assert/strict'
import { Budget, Refusal } from '../../../src/lib/index.ts'
import { Waits } from '../../../src/process/index.ts'
import { away, TaskBench } from '../tasks/bench.ts'

interface Message {
    n: number
    [property: string]: unknown
}

describe('Waits', () => {
    let bench: TaskBench
    let released: Message[]
    let logged: string[]
    let lost: string[]
    let memory: Budget
    let ids = 0

    const start = (after = Promise.resolve()) =>
        new Waits<Message>({
            node: 'w',
            tasks: bench.tasks,
            memory,
            clock: bench.clock,
            newId: () => `held ${ids++}`,
            after,
            release: (message) => released.push(message),
            lost: async (callbacks) => void lost.push(...callbacks),
            changed: () => {},
            log: (text) => logged.push(text),
            signal: bench.closing.signal,
        })
    const again = () => {
        bench.closing.abort()
        bench.closing = new AbortController()
        return start()
    }
    const keep = (waits: Waits<Message>, n: number, time: number, more: object = {}) =>
        waits.keep({ n, ...more }, bench.clock.now() + time, null)
    const numbers = () => released.map(({ n }) => n)
    const sent = (count: number) => bench.until(() => released.length >= count)
    const isFull = (error: unknown) => error instanceof Refusal && error.status === 503 && error.code === 'TOO_MANY'
    const damaged = (payload: string) => ({
        ...{ id: 'x', kind: 'wait', queue: 'w', owner: 'w', key: null, dueAt: 0, expiresAt: null, parent: 'c1', payload },
    })

    beforeEach(() => {
        bench = new TaskBench()
        released = []
        logged = []
        lost = []
        memory = new Budget(1_000_000_000)
    })
    afterEach(() => bench.clear())

    it('keeps ten thousand messages with one timer', async () => {
        const waits = start()
        await bench.idle()
        assert.equal(bench.clock.pending, 1)
        await Promise.all(Array.from({ length: 10_000 }, (_, n) => keep(waits, n, 10_000 - n)))
        assert.deepEqual([waits.size, bench.clock.pending, waits.left], [10_000, 1, 1])
        await bench.advance(5000, () => released.length === 5000)
        assert.deepEqual(
            numbers(),
            Array.from({ length: 5000 }, (_, i) => 9999 - i),
        )
        assert.equal(waits.left, 1)
        await bench.advance(5000, () => waits.size === 0)
        assert.deepEqual([bench.clock.pending, released.length], [1, 10_000])
        assert.deepEqual([bench.tasks.total('wait').bytes, memory.left], [0, 1_000_000_000])
    })

    it('takes up what was kept with the time that remains, overdue at once and in order, once it may', async () => {
        const before = start()
        const when = new Date(0)
        for (const [n, time] of [
            [1, 3000],
            [2, 1000],
            [3, 2000],
            [4, 9000],
        ] as const)
            await keep(before, n, time, { when, req: {}, res: {} })
        await bench.restart()
        await bench.clock.advanceAsync(5000)
        const { promise, resolve } = Promise.withResolvers<void>()
        const waits = start(promise)
        await bench.idle()
        assert.deepEqual(numbers(), [])
        resolve()
        await sent(3)
        assert.deepEqual(numbers(), [2, 3, 1])
        assert.deepEqual(released[0], { n: 2, when })
        await bench.advance(3999, () => waits.size === 1)
        assert.deepEqual(numbers(), [2, 3, 1])
        await bench.advance(1, () => waits.size === 0)
        assert.deepEqual(numbers(), [2, 3, 1, 4])
    })

    it('sends on in time, however the wall clock is set meanwhile', async () => {
        const waits = start()
        await keep(waits, 1, 60_000)
        bench.clock.jump(-3_600_000)
        await keep(waits, 2, 60_000)
        bench.clock.jump(7_200_000)
        await bench.advance(59_999, () => waits.left === 1)
        assert.deepEqual(numbers(), [])
        await bench.advance(1, () => waits.size === 0)
        assert.deepEqual(numbers(), [1, 2])
    })

    it('goes on once where it cannot be forgotten, also after the node was deployed anew', async () => {
        let isAway = true
        const { tasks } = bench.db
        bench.open({ remove: (ids) => (isAway ? away() : tasks.remove(ids)) })
        const waits = start()
        await keep(waits, 1, 1000)
        await bench.advance(1000, () => released.length === 1)
        assert.equal(waits.size, 1)
        again()
        await bench.idle()
        isAway = false
        await bench.advance(30_000, () => waits.size === 0)
        assert.deepEqual(numbers(), [1])
    })

    it('has in the store, once it is settled, what it was given before', async () => {
        const waits = start()
        void keep(waits, 1, 1000)
        bench.closing.abort()
        await waits.settled()
        assert.equal((await bench.db.tasks.ofOwner('wait', 'w', 0, 9)).length, 1)
        again()
        await bench.advance(1000, () => released.length === 1)
    })

    it('reads back a few at a time, by number and by size', async () => {
        const read: number[] = []
        const { tasks } = bench.db
        bench.open({
            claim(ids, claim) {
                read.push(ids.length)
                return tasks.claim(ids, claim)
            },
        })
        const waits = start()
        await Promise.all(Array.from({ length: 700 }, (_, n) => keep(waits, n, 1000)))
        await bench.advance(1000, () => released.length === 700)
        assert.ok(Math.max(...read) <= 250, `${read}`)
        assert.ok(read.length < 20, `${read}`)
        read.length = 0
        await Promise.all(Array.from({ length: 3 }, (_, n) => keep(waits, n, 1000, { text: 'x'.repeat(900_000) })))
        await bench.advance(1000, () => released.length === 703)
        assert.deepEqual(read, [1, 1, 1])
    })

    it('refuses what it cannot keep', async () => {
        bench.open({ add: away })
        const waits = start()
        const isNotStorable = (error: unknown) => (error as Refusal).code === 'NOT_STORABLE'
        await assert.rejects(waits.keep({ n: 1, run: () => {} }, 0, null), isNotStorable)
        await assert.rejects(waits.keep({ n: 1 }, 0, null), /away/)
        assert.deepEqual([waits.size, memory.left], [0, 1_000_000_000])
    })

    it('holds so many and no more', async () => {
        const waits = start()
        for (let n = 0; n < 100_000; n++) void waits.hold(1, bench.clock.now() + 1000, () => {})
        assert.throws(() => waits.hold(1, 0, () => {}), isFull)
        await assert.rejects(waits.keep({ n: 0 }, 0, null), isFull)
    })

    it('holds so many bytes and no more, of all nodes together, until they have gone on', async () => {
        memory = new Budget(1_000_000)
        const [one, other] = [start(), start()]
        void one.hold(600_000, bench.clock.now() + 1000, () => {})
        assert.throws(() => other.hold(600_000, bench.clock.now() + 1000, () => {}), /1?0 MB of memory already.*callback/)
        await bench.clock.advanceAsync(1000)
        void other.hold(600_000, bench.clock.now() + 1000, () => {})
        bench.closing.abort()
        assert.equal(memory.left, 1_000_000)
    })

    it('keeps so many bytes and no more, of all nodes together, counting what was there before', async () => {
        const text = 'x'.repeat(60_000_000)
        const waits = start()
        await keep(waits, 0, 1000, { text })
        await keep(waits, 1, 1000, { text })
        await bench.restart()
        start()
        await bench.until(() => bench.tasks.total('wait').count === 2)
        await keep(start(), 2, 1000, { text })
        await assert.rejects(keep(start(), 3, 1000, { text }), isFull)
        await keep(start(), 4, 1000)
    })

    it('drops what it only held when it is told to, once', async () => {
        const waits = start()
        let drop = () => {}
        const over = waits.hold(1, bench.clock.now() + 1000, (way) => {
            drop = way
        })
        drop()
        assert.equal(await over, false)
        assert.equal(waits.size, 0)
        drop()
        await bench.clock.advanceAsync(5000)
        assert.deepEqual([numbers(), memory.left], [[], 1_000_000_000])
    })

    it('forgets all of them once those who wait for a callback were told', async () => {
        const waits = start()
        await waits.keep({ n: 1 }, bench.clock.now() + 1000, 'c1')
        await keep(waits, 2, 1000)
        await waits.clear()
        await bench.advance(5000, () => waits.size === 0)
        assert.deepEqual([lost, numbers()], [['c1'], []])
    })

    for (const payload of ['AAAA', ''])
        it(`leaves out what is damaged (${payload}), says so, and answers whom it was promised to`, async () => {
            await bench.db.tasks.add(damaged(payload))
            const waits = start()
            await keep(waits, 1, 0)
            await sent(1)
            await bench.until(() => waits.size === 0)
            assert.deepEqual([numbers(), lost], [[1], ['c1']])
            assert.match(logged[0]!, /cannot be read/)
        })

    it('leaves out a row that the store cannot read, and sends on the others', async () => {
        const { tasks } = bench.db
        bench.open({ claim: (ids, claim) => (ids.includes('x') ? Promise.reject(new Error('ERR_OUT_OF_RANGE')) : tasks.claim(ids, claim)) })
        await tasks.add(damaged(''))
        const waits = start()
        await Promise.all([keep(waits, 1, 0), keep(waits, 2, 1)])
        await bench.advance(1, () => waits.size === 0)
        assert.deepEqual([numbers(), lost], [[1, 2], ['c1']])
        assert.match(logged[0]!, /ERR_OUT_OF_RANGE/)
    })
})
