import assert from 'node:assert/strict'
import { Budget, Refusal } from '../../../src/lib/index.ts'
import { Keeping, type WaitRepository, type WaitRow, Waits } from '../../../src/process/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Message {
    n: number
    [property: string]: unknown
}

describe('Waits', () => {
    let clock: FakeClock
    let rows: Map<string, WaitRow>
    let closing: AbortController
    let released: Message[]
    let logged: string[]
    let lost: string[]
    let keeping: Keeping
    let memory: Budget
    /** How many messages were read back, each time. */
    let read: number[]
    let isAway: boolean
    let ids = 0

    const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
    const unlessAway = <T>(run: () => T): Promise<T> => (isAway ? away() : Promise.resolve(run()))
    const entries = (fits: (row: WaitRow) => boolean) =>
        [...rows.values()]
            .filter(fits)
            .toSorted((a, b) => a.dueAt - b.dueAt)
            .map(({ message, ...row }) => ({ ...row, bytes: message.length }))
    const repository = (): WaitRepository => ({
        waits: (node) => unlessAway(() => entries((row) => row.node === node)),
        overdue: (by) => unlessAway(() => entries(({ dueAt }) => dueAt <= by)),
        messages: (ids) =>
            unlessAway(() => {
                read.push(ids.length)
                return new Map(ids.flatMap((id) => (rows.has(id) ? [[id, rows.get(id)!.message]] : [])))
            }),
        add: (row) => unlessAway(() => void rows.set(row.id, row)),
        remove: (ids) =>
            unlessAway(() => {
                for (const id of ids) rows.delete(id)
            }),
    })
    const start = (changes: Partial<WaitRepository> = {}) => {
        closing = new AbortController()
        return new Waits<Message>({
            node: 'w',
            repository: { ...repository(), ...changes },
            keeping,
            memory,
            clock,
            newId: () => `${ids++}`,
            release: (message) => released.push(message),
            lost: (callbacks) => lost.push(...callbacks),
            changed: () => {},
            log: (text) => logged.push(text),
            signal: closing.signal,
        })
    }
    const keep = (waits: Waits<Message>, n: number, time: number, more: object = {}) => waits.keep({ n, ...more }, clock.now() + time, null)
    const numbers = () => released.map(({ n }) => n)
    /** Lets what is due be read back, however many turns that takes. */
    const sent = async (count: number) => {
        while (released.length < count) await clock.advanceAsync(0)
    }
    const isFull = (error: unknown) => error instanceof Refusal && error.status === 503 && error.code === 'TOO_MANY'

    beforeEach(() => {
        clock = new FakeClock()
        rows = new Map()
        released = []
        logged = []
        lost = []
        read = []
        keeping = new Keeping()
        memory = new Budget(1_000_000)
        isAway = false
    })
    afterEach(() => closing.abort())

    it('keeps ten thousand messages with one timer', async () => {
        const waits = start()
        for (let n = 0; n < 10_000; n++) void keep(waits, n, 10_000 - n)
        await clock.advanceAsync(0)
        assert.deepEqual([waits.size, rows.size, clock.pending], [10_000, 10_000, 1])
        await clock.advanceAsync(5000)
        await sent(5000)
        assert.deepEqual(
            numbers(),
            Array.from({ length: 5000 }, (_, i) => 9999 - i),
        )
        assert.deepEqual([waits.size, rows.size], [5000, 5000])
        await clock.advanceAsync(5000)
        await sent(10_000)
        await clock.advanceAsync(0)
        assert.deepEqual([waits.size, rows.size, clock.pending], [0, 0, 0])
        assert.equal(keeping.bytes.left, keeping.bytes.most)
    })

    it('takes up what was kept with the time that remains, overdue at once and in order', async () => {
        const before = start()
        for (const [n, time] of [
            [1, 3000],
            [2, 1000],
            [3, 2000],
            [4, 9000],
        ] as const)
            void keep(before, n, time, { when: new Date(0), req: {}, res: {} })
        await clock.advanceAsync(0)
        closing.abort()
        assert.equal(clock.pending, 0)
        await clock.advanceAsync(5000)
        assert.deepEqual(numbers(), [])
        const waits = start()
        await waits.load()
        await sent(3)
        assert.deepEqual(numbers(), [2, 3, 1])
        assert.deepEqual(released[0], { n: 2, when: new Date(0) })
        await clock.advanceAsync(3999)
        assert.equal(waits.size, 1)
        await clock.advanceAsync(1)
        assert.deepEqual(numbers(), [2, 3, 1, 4])
        assert.equal(rows.size, 0)
    })

    it('sends on in time, however the wall clock is set meanwhile', async () => {
        const waits = start()
        void keep(waits, 1, 60_000)
        await clock.advanceAsync(0)
        clock.jump(-3_600_000)
        void keep(waits, 2, 60_000)
        await clock.advanceAsync(0)
        clock.jump(7_200_000)
        await clock.advanceAsync(59_999)
        assert.deepEqual([numbers(), waits.left], [[], 1])
        await clock.advanceAsync(1)
        assert.deepEqual(numbers(), [1, 2])
    })

    it('loads once the store is back', async () => {
        void keep(start(), 1, 1000)
        await clock.advanceAsync(0)
        closing.abort()
        isAway = true
        const loaded = start().load()
        await clock.advanceAsync(5000)
        isAway = false
        await clock.advanceAsync(30_000)
        await loaded
        assert.deepEqual(numbers(), [1])
    })

    it('goes on once the store is back', async () => {
        void keep(start(), 1, 1000)
        await clock.advanceAsync(0)
        isAway = true
        await clock.advanceAsync(5000)
        assert.deepEqual([numbers(), rows.size], [[], 1])
        isAway = false
        await clock.advanceAsync(30_000)
        assert.deepEqual([numbers(), rows.size], [[1], 0])
    })

    it('goes on once where it cannot be forgotten, also after the node was deployed anew', async () => {
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
        void keep(start({ remove: away }), 1, 1000)
        await clock.advanceAsync(5000)
        assert.deepEqual([numbers(), rows.size], [[1], 1])
        closing.abort()
        const waits = start()
        await waits.load()
        await clock.advanceAsync(30_000)
        assert.deepEqual([numbers(), rows.size, waits.size], [[1], 0, 0])
    })

    it('has in the store, once it is settled, what it was given before', async () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        const add = (row: WaitRow) => promise.then(() => void rows.set(row.id, row))
        const waits = start({ add })
        void keep(waits, 1, 1000)
        closing.abort()
        const settled = waits.settled()
        resolve()
        await settled
        await start().load()
        await clock.advanceAsync(1000)
        assert.deepEqual([numbers(), clock.pending], [[1], 0])
    })

    it('reads back a few at a time, by number and by size', async () => {
        const waits = start()
        for (let n = 0; n < 200; n++) void keep(waits, n, 1000)
        await clock.advanceAsync(2000)
        await sent(200)
        assert.deepEqual(read, [64, 64, 64, 8])
        memory = new Budget(100_000_000)
        read = []
        const big = start()
        for (let n = 0; n < 3; n++) void keep(big, n, 1000, { text: 'x'.repeat(900_000) })
        await clock.advanceAsync(2000)
        await sent(203)
        assert.deepEqual(read, [1, 1, 1])
    })

    it('refuses what it cannot keep', async () => {
        const waits = start()
        await assert.rejects(waits.keep({ n: 1, run: () => {} }, 0, null), (error: unknown) => (error as Refusal).code === 'NOT_STORABLE')
        isAway = true
        await assert.rejects(waits.keep({ n: 1 }, 0, null), /away/)
        assert.equal(waits.size, 0)
    })

    it('holds so many and no more', async () => {
        const waits = start()
        for (let n = 0; n < 100_000; n++) void waits.hold(1, clock.now() + 1000, () => {})
        assert.throws(() => waits.hold(1, 0, () => {}), isFull)
        await assert.rejects(waits.keep({ n: 0 }, 0, null), isFull)
    })

    it('holds so many bytes and no more, of all nodes together, until they have gone on', async () => {
        const [one, other] = [start(), start()]
        void one.hold(600_000, clock.now() + 1000, () => {})
        assert.throws(() => other.hold(600_000, clock.now() + 1000, () => {}), /1?0 MB of memory already.*callback/)
        await clock.advanceAsync(1000)
        void other.hold(600_000, clock.now() + 1000, () => {})
        closing.abort()
        assert.equal(memory.left, 1_000_000)
    })

    it('keeps so many bytes and no more, of all nodes together, counting what was there before', async () => {
        memory = new Budget(1e9)
        const text = 'x'.repeat(50_000_000)
        void keep(start(), 0, 1000, { text })
        void keep(start(), 1, 1000, { text })
        await clock.advanceAsync(0)
        closing.abort()
        await start().load()
        await keep(start(), 2, 1000, { text })
        await assert.rejects(keep(start(), 3, 1000, { text }), isFull)
        await keep(start(), 4, 1000)
    })

    it('drops what it only held when it is told to, once', async () => {
        const waits = start()
        let drop = () => {}
        const over = waits.hold(1, clock.now() + 1000, (way) => {
            drop = way
        })
        drop()
        assert.equal(await over, false)
        assert.deepEqual([rows.size, waits.size], [0, 0])
        drop()
        await clock.advanceAsync(5000)
        assert.deepEqual(numbers(), [])
    })

    for (const message of ['AAAA', ''])
        it(`leaves out what is damaged (${message}), says so, and answers whom it was promised to`, async () => {
            rows.set('x', { id: 'x', node: 'w', dueAt: 0, message, callback: 'c1' })
            const waits = start()
            void keep(waits, 1, 0)
            await waits.load()
            await sent(1)
            await clock.advanceAsync(0)
            assert.deepEqual([numbers(), rows.size, lost], [[1], 0, ['c1']])
            assert.match(logged[0]!, /cannot be read/)
        })

    it('leaves out a row that the store cannot read, and sends on the others', async () => {
        const whole = repository().messages
        const messages = (ids: string[]) => (ids.includes('x') ? Promise.reject(new Error('ERR_OUT_OF_RANGE')) : whole(ids))
        rows.set('x', { id: 'x', node: 'w', dueAt: 0, message: '', callback: null })
        const waits = start({ messages })
        void keep(waits, 1, 1)
        void keep(waits, 2, 2)
        await waits.load()
        await clock.advanceAsync(2)
        await sent(2)
        assert.deepEqual([numbers(), waits.size], [[1, 2], 0])
        assert.match(logged[0]!, /ERR_OUT_OF_RANGE/)
    })
})
