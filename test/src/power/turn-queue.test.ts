import assert from 'node:assert/strict'
import { TurnQueue } from '../../../src/power/turn-queue.ts'
import { refused } from '../../support/refused.ts'

describe('a queue of turns', () => {
    const gate = () => Promise.withResolvers<void>()

    it('begins at once when idle, and then goes one after the other', async () => {
        const serial = new TurnQueue()
        const order: string[] = []
        const first = gate()
        const runs = [
            serial.run(async () => {
                order.push('a')
                await first.promise
                order.push('A')
            }),
            serial.run(async () => void order.push('b')),
            serial.run(async () => void order.push('c')),
        ]
        assert.deepEqual(order, ['a'])
        assert.equal(serial.isIdle, false)
        first.resolve()
        await Promise.all(runs)
        assert.deepEqual(order, ['a', 'A', 'b', 'c'])
        await Promise.resolve()
        assert.equal(serial.isIdle, true)
    })

    it('goes on after a failure, which only whoever asked hears of', async () => {
        const serial = new TurnQueue()
        const failed = serial.run(() => Promise.reject(new Error('no')))
        const next = serial.run(() => Promise.resolve(5))
        await assert.rejects(failed, /no/)
        assert.equal(await next, 5)
    })

    it('lets what is urgent go first, however much waits', async () => {
        const serial = new TurnQueue()
        const first = gate()
        const order: number[] = []
        const runs = [serial.run(() => first.promise)]
        for (let n = 0; n < 10_000; n++) runs.push(serial.run(async () => void order.push(n)))
        await assert.rejects(
            serial.run(() => Promise.resolve()),
            refused(503, 'TOO_BUSY'),
        )
        runs.push(serial.run(async () => void order.push(-1), true))
        first.resolve()
        await Promise.all(runs)
        assert.deepEqual([order.length, order[0], order[1]], [10_001, -1, 0])
    })

    it('calls between two turns', async () => {
        const order: string[] = []
        const serial = new TurnQueue(() => order.push('-'))
        await Promise.all(['a', 'b'].map((name) => serial.run(async () => void order.push(name))))
        await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual(order, ['a', '-', 'b', '-'])
    })

    it('goes on when that, or the work itself, throws', async () => {
        const errors: unknown[] = []
        const serial = new TurnQueue(
            () => {
                throw new Error('between')
            },
            (error) => errors.push(error),
        )
        const thrown = serial.run(() => {
            throw new Error('at once')
        })
        const next = [1, 2].map((value) => serial.run(async () => value))
        await assert.rejects(thrown, /at once/)
        assert.deepEqual(await Promise.all(next), [1, 2])
        await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual([serial.isIdle, errors.map(String)], [true, Array(3).fill('Error: between')])
    })
})
