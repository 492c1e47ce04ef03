import assert from 'node:assert/strict'
import { Lanes } from '../../../src/callback/lanes.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('Lanes', () => {
    let clock: FakeClock
    let sent: string[]
    let lanes: Lanes
    /** Ends a sending by its id. */
    let ends: Map<string, (hasAnswered: boolean) => void>

    beforeEach(() => {
        clock = new FakeClock()
        sent = []
        ends = new Map()
        lanes = new Lanes(clock, (id, signal) => {
            sent.push(id)
            return new Promise<boolean>((resolve, reject) => {
                ends.set(id, resolve)
                signal.addEventListener('abort', () => reject(signal.reason))
            })
        })
    })
    const end = async (id: string, hasAnswered = true) => {
        ends.get(id)!(hasAnswered)
        await clock.advanceAsync(0)
    }
    const addAll = (host: string, count: number, bytes = 1) => {
        for (let i = 0; i < count; i++) lanes.add(host, `${host} ${i}`, bytes)
    }

    it('sends to all hosts in turn, four at a time to each', async () => {
        addAll('a', 10)
        addAll('b', 10)
        assert.deepEqual(sent, ['a 0', 'a 1', 'a 2', 'a 3', 'b 0', 'b 1', 'b 2', 'b 3'])
        await end('b 0')
        await end('a 1')
        assert.deepEqual(sent.slice(8), ['b 4', 'a 4'])
    })

    it('sends to a host that does not answer one at a time, once that is known', async () => {
        addAll('dead', 10)
        await clock.advanceAsync(500)
        for (let i = 0; i < 4; i++) await end(`dead ${i}`, false)
        assert.equal(sent.length, 5)
        await end('dead 4', false)
        assert.equal(sent.length, 6)
        // Back in the fast lane as soon as it answers.
        await end('dead 5')
        assert.equal(sent.length, 10)
        assert.equal(clock.pending, 4)
    })

    it('has room for another within half a second while hundreds do not answer, and at once for one that answered before', async () => {
        lanes.add('good', 'good first', 1)
        await end('good first')
        for (let i = 0; i < 300; i++) lanes.add(`dead ${i}`, `dead ${i}`, 1)
        assert.equal(sent.length, 33)
        lanes.add('new', 'new', 1)
        lanes.add('good', 'good', 1)
        await clock.advanceAsync(500)
        assert.ok(sent.includes('good'))
        await clock.advanceAsync(5000)
        assert.ok(sent.includes('new'))
        assert.equal(sent.length, 303)
    })

    it('sends only so many bytes at once, and one that is larger alone', async () => {
        const half = 8_388_608
        for (const host of ['a', 'b', 'c']) lanes.add(host, host, half)
        assert.deepEqual(sent, ['a', 'b'])
        lanes.add('d', 'd', 4 * half)
        await end('a')
        assert.deepEqual(sent, ['a', 'b', 'c'])
        await end('b')
        await end('c')
        assert.deepEqual(sent, ['a', 'b', 'c', 'd'])
    })

    it('cuts short what is large and slow when too much of that is under way', async () => {
        const large = 16_777_216
        for (let i = 0; i < 4; i++) lanes.add(`h${i}`, `h${i}`, large)
        assert.deepEqual(sent, ['h0'])
        await clock.advanceAsync(1500)
        assert.deepEqual(sent, ['h0', 'h1', 'h2', 'h3'])
        // The third was: what it held is free, so that the fourth could start.
        await clock.advanceAsync(500)
        lanes.add('small', 'small', 1)
        assert.equal(sent.at(-1), 'small')
    })

    it('forgets what waits when it is told to', async () => {
        addAll('a', 10)
        lanes.clear()
        for (let i = 0; i < 4; i++) await end(`a ${i}`)
        assert.equal(sent.length, 4)
        assert.equal(clock.pending, 0)
    })
})
