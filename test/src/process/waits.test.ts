import assert from 'node:assert/strict'
import type { WaitRow } from '../../../src/process/index.ts'
import { Waits } from '../../../src/process/index.ts'
import { Refusal } from '../../../src/refusal.ts'
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
    let isAway: boolean
    let ids = 0

    const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
    const unlessAway = <T>(run: () => T): Promise<T> => (isAway ? away() : Promise.resolve(run()))
    const start = () => {
        closing = new AbortController()
        return new Waits<Message>({
            node: 'w',
            repository: {
                waits: (node) => unlessAway(() => [...rows.values()].filter((row) => row.node === node).sort((a, b) => a.dueAt - b.dueAt)),
                add: (row) => unlessAway(() => void rows.set(row.id, row)),
                remove: (id) => unlessAway(() => void rows.delete(id)),
            },
            clock,
            newId: () => `${ids++}`,
            release: (message) => released.push(message),
            changed: () => {},
            log: (text) => logged.push(text),
            signal: closing.signal,
        })
    }
    const keep = async (waits: Waits<Message>, n: number, time: number, more: object = {}) => {
        const { over } = await waits.keep({ n, ...more }, clock.now() + time, null)
        return over.then((isReleased) => isReleased && released.push({ n }))
    }
    const numbers = () => released.map(({ n }) => n)

    beforeEach(() => {
        clock = new FakeClock()
        rows = new Map()
        released = []
        logged = []
        isAway = false
    })
    afterEach(() => closing.abort())

    it('keeps ten thousand messages with one timer', async () => {
        const waits = start()
        for (let n = 0; n < 10_000; n++) void keep(waits, n, 10_000 - n)
        await clock.advanceAsync(0)
        assert.deepEqual([waits.size, rows.size, clock.pending], [10_000, 10_000, 1])
        await clock.advanceAsync(5000)
        assert.deepEqual(
            numbers(),
            Array.from({ length: 5000 }, (_, i) => 9999 - i),
        )
        assert.deepEqual([waits.size, rows.size], [5000, 5000])
        await clock.advanceAsync(5000)
        assert.deepEqual([waits.size, rows.size, clock.pending], [0, 0, 0])
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
        await clock.advanceAsync(0)
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

    it('forgets later what it sends on while the store is away', async () => {
        void keep(start(), 1, 1000)
        await clock.advanceAsync(0)
        isAway = true
        await clock.advanceAsync(5000)
        assert.deepEqual([numbers(), rows.size], [[1], 1])
        isAway = false
        await clock.advanceAsync(30_000)
        assert.equal(rows.size, 0)
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
        for (let n = 0; n < 100_000; n++) waits.hold({ n }, clock.now() + 1000, () => {})
        const isFull = (error: unknown) => error instanceof Refusal && error.status === 503 && error.code === 'TOO_MANY'
        assert.throws(() => waits.hold({ n: 0 }, 0, () => {}), isFull)
        await assert.rejects(waits.keep({ n: 0 }, 0, null), isFull)
    })

    it('drops what it only held when it is told to, once', async () => {
        const waits = start()
        let drop = () => {}
        const { over } = waits.hold({ n: 1 }, clock.now() + 1000, (way) => {
            drop = way
        })
        drop()
        assert.equal(await over, false)
        assert.deepEqual([rows.size, waits.size], [0, 0])
        drop()
        await clock.advanceAsync(5000)
        assert.deepEqual(numbers(), [])
    })

    it('leaves out what is damaged, and says so', async () => {
        rows.set('x', { id: 'x', node: 'w', dueAt: 0, message: 'AAAA', callback: null })
        await start().load()
        await clock.advanceAsync(0)
        assert.deepEqual([released, rows.size], [[], 0])
        assert.match(logged[0]!, /cannot be read/)
    })
})
