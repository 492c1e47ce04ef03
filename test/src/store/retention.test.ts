import assert from 'node:assert/strict'
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
