import assert from 'node:assert/strict'
import { FakeClock } from '../../support/fake-clock.ts'
import { reading, samplesOf, soon, workbench } from './open.ts'

describe('retention', () => {
    const DAY = 86_400_000

    it('deletes samples that are too old, at the start and every hour, of every socket', async () => {
        const bench = workbench()
        let now = 100 * DAY
        const timers: (() => void)[] = []
        const clock = {
            now: () => now,
            monotonic: () => now,
            after(ms: number, run: () => void) {
                if (ms === 3_600_000) timers.push(run)
                return () => {}
            },
        }
        try {
            const first = bench.open(bench.file())
            for (const socket of ['a', 'b']) for (let i = 0; i < 1200; i++) void first.power.addSample(socket, reading(i))
            await first.power.addSample('a', reading(95 * DAY))
            await first.close()
            const store = bench.open(bench.file(), { retentionDays: 10, clock })
            const left = async (socket: string, wanted: number) => {
                for (const until = soon(); (await samplesOf(store, socket, 0, 1e15)).length !== wanted; ) {
                    until.throwIfAborted()
                    await new Promise((resolve) => setImmediate(resolve))
                }
            }
            await left('a', 1)
            await left('b', 0)
            now = 106 * DAY
            assert.ok(timers.length > 0)
            for (const run of timers.splice(0)) run()
            await left('a', 0)
        } finally {
            await bench.clear()
        }
    })

    it('keeps everything when it is 0', async () => {
        const bench = workbench()
        const store = bench.open(bench.file(), { retentionDays: 0 })
        await store.power.addSample('a', reading(1))
        await store.close()
        const again = bench.open(bench.file(), { retentionDays: 0 })
        assert.equal((await samplesOf(again, 'a', 0, 10)).length, 1)
        await bench.clear()
    })
})

describe('retention of kept messages', () => {
    const HOUR = 3_600_000
    const DAY = 24 * HOUR
    const bench = workbench()
    after(() => bench.clear())

    it('deletes those that expired long ago and nobody attends to any more, however many there are', async () => {
        const clock = new FakeClock()
        const store = bench.open(bench.file('sweep.sqlite'), { clock })
        await store.ready(soon())
        const now = clock.now()
        const row = { node: 'n', peer: 'p', account: null, proven: false, payload: '1', createdAt: now }
        const add = (endpoint: string, id: string, expiresAt: number) => store.outbox.add({ ...row, endpoint, id, expiresAt })
        const left = async (endpoint: string) => (await store.outbox.rows(endpoint)).map(({ id }) => id)
        await Promise.all(Array.from({ length: 1100 }, (_, n) => add('gone', `g${n}`, now - DAY - 1)))
        await add('gone', 'lately', now)
        await add('gone', 'later', now + 10 * DAY)
        await add('here', 'h', now - 2 * DAY)
        const attending = new AbortController()
        store.outbox.attend('here', attending.signal)
        assert.equal((await left('gone')).length, 1102)
        clock.advance(60_000)
        await until(async () => (await left('gone')).length === 2)
        assert.deepEqual([await left('gone'), await left('here')], [['lately', 'later'], ['h']])
        clock.advance(25 * HOUR)
        await until(async () => (await left('gone')).length === 1)
        assert.deepEqual([await left('gone'), await left('here')], [['later'], ['h']])
        attending.abort()
        clock.advance(HOUR)
        await until(async () => (await left('here')).length === 0)
        await store.close()
        assert.equal(clock.pending, 0)
    })

    it('waits at the start until nodes have come, which are told what expired meanwhile', async () => {
        const clock = new FakeClock()
        const file = bench.file('arrival.sqlite')
        const first = bench.open(file, { clock })
        const now = clock.now()
        await first.outbox.add({
            id: 'old',
            endpoint: 'e',
            node: 'n',
            peer: 'p',
            account: null,
            proven: false,
            payload: '1',
            createdAt: now,
            expiresAt: now + 1,
        })
        await first.close()
        clock.jump(30 * DAY)
        const store = bench.open(file, { clock })
        await store.ready(soon())
        clock.advance(59_000)
        assert.equal((await store.outbox.rows('e')).length, 1)
        store.outbox.attend('e', new AbortController().signal)
        clock.advance(2000)
        // What was asked for later is answered later.
        await store.outbox.add({
            id: 'x',
            endpoint: 'a',
            node: 'n',
            peer: 'p',
            account: null,
            proven: false,
            payload: '1',
            createdAt: now,
            expiresAt: now + 1,
        })
        clock.advance(HOUR)
        await until(async () => (await store.outbox.rows('a')).length === 0)
        assert.equal((await store.outbox.rows('e')).length, 1)
    })

    async function until(holds: () => Promise<boolean>): Promise<void> {
        for (const end = soon(); !(await holds()); await new Promise(setImmediate)) end.throwIfAborted()
    }
})
