import assert from 'node:assert/strict'
import { RequestedRuns } from '../../../src/power/requested-runs.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('runs that end with their requests', () => {
    let clock: FakeClock
    let stored: unknown
    let ended: string[]
    let puts: number
    const states = {
        get: () => Promise.resolve(stored),
        put(_node: string, state: unknown) {
            puts++
            stored = structuredClone(state)
            return Promise.resolve()
        },
    }
    const make = () => {
        const end = ({ instance }: { instance: string }) => Promise.resolve(void ended.push(instance))
        return new RequestedRuns({ node: 'n', states, clock, end })
    }
    const later = async (ms: number) => {
        clock.advance(ms)
        await new Promise(setImmediate)
    }
    beforeEach(() => {
        clock = new FakeClock()
        ;[stored, ended, puts] = [undefined, [], 0]
    })

    it('are not worth writing down when they are answered soon', async () => {
        const runs = make()
        const release = runs.add({ socket: 's', instance: 'a' })
        await later(99)
        release()
        await later(10_000)
        assert.equal(puts, 0)
    })

    it('are ended by the next process if this one does not live to', async () => {
        const runs = make()
        runs.add({ socket: 's', instance: 'a' })
        const release = runs.add({ socket: 's', instance: 'b' })
        runs.add({ socket: 't', instance: 'c' })
        await later(100)
        release()
        await later(0)
        assert.deepEqual(stored, [
            { socket: 's', instance: 'a' },
            { socket: 't', instance: 'c' },
        ])
        await runs.load()
        assert.deepEqual(ended, [])
        await make().load()
        assert.deepEqual([ended, stored], [['a', 'c'], []])
    })

    it('are written down with the next change where the store was away', async () => {
        const runs = make()
        const put = states.put
        states.put = () => Promise.reject(new Error('away'))
        runs.add({ socket: 's', instance: 'a' })
        await later(100)
        states.put = put
        runs.add({ socket: 's', instance: 'b' })
        await later(100)
        assert.equal((stored as unknown[]).length, 2)
    })
})
