import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import type { BrokerState } from '../../../src/mqtt/broker.ts'
import { type Broker, connectBroker } from '../../../src/mqtt/index.ts'
import { type PickyBroker, startPickyBroker, type Verdict } from '../../support/picky-broker.ts'

describe('a broker that does not let us subscribe', () => {
    const verdicts = new Map<string, Verdict>()
    const logged: string[] = []
    let server: PickyBroker
    let broker: Broker
    let ending: AbortController
    /** What would be done after half a minute, or ten seconds. */
    let later: (() => void)[]
    let late: (() => void)[]

    beforeEach(async () => {
        verdicts.clear()
        logged.length = 0
        later = []
        late = []
        ending = new AbortController()
        server = await startPickyBroker((filter) => verdicts.get(filter) ?? 'granted')
        const after = (ms: number, run: () => void) => {
            if (ms === 30_000) later.push(run)
            else if (ms === 10_000) late.push(run)
            else return systemClock.after(ms > 500 ? 0 : ms, run)
            return () => {
                for (const list of [later, late]) if (list.includes(run)) list.splice(list.indexOf(run), 1)
            }
        }
        const options = { protocol: 'mqtt', host: '127.0.0.1', port: server.port, path: '', clientId: '', version: '3.1.1' } as const
        const machine = { clock: { ...systemClock, after }, token: () => 'test' }
        broker = connectBroker({ ...options, log: (text) => logged.push(text) }, machine)
    })
    afterEach(async () => {
        ending.abort()
        await broker.close()
        await server.close()
    })

    const becomes = (wanted: BrokerState, reason?: string | RegExp) =>
        new Promise<void>((resolve) => {
            const holds = () =>
                broker.state === wanted && (reason instanceof RegExp ? reason.test(broker.reason ?? '') : broker.reason === reason)
            if (holds()) return resolve()
            broker.onState(() => holds() && resolve(), AbortSignal.any([ending.signal, AbortSignal.timeout(30_000)]))
        })
    const hear = (...filters: string[]) => {
        const heard: string[] = []
        const { promise, resolve } = Promise.withResolvers<void>()
        broker.subscribe(
            filters,
            ({ topic }) => {
                heard.push(topic)
                resolve()
            },
            ending.signal,
        )
        return { heard, first: promise }
    }

    it('is named with the filter, once in the log, while the others are heard', async () => {
        verdicts.set('b/+', 'refused')
        const { heard, first } = hear('a/+', 'b/+', 'c/+')
        await becomes('connected', 'the broker refuses the subscription to "b/+"')
        await broker.subscribed(ending.signal)
        assert.deepEqual(logged, ['the broker refuses the subscription to "b/+"'])
        assert.match(broker.refusal(['b/+', 'c/+']) ?? '', /refuses the subscription to "b\/\+"/)
        assert.equal(broker.refusal(['a/+', 'c/+']), undefined)
        broker.publish('b/x', '')
        broker.publish('c/x', '')
        await first
        assert.deepEqual(heard, ['c/x'])
    })

    it('is asked again half a minute later, and heard once it gives in', async () => {
        verdicts.set('b', 'refused')
        const { heard, first } = hear('b')
        await becomes('connected', /refuses/)
        assert.equal(later.length, 1)
        later.shift()!()
        await until(() => later.length === 1)
        assert.match(broker.reason ?? '', /refuses/)
        verdicts.set('b', 'granted')
        later.shift()!()
        await becomes('connected', undefined)
        assert.deepEqual([later.length, logged.length], [0, 1])
        broker.publish('b', '')
        await first
        assert.deepEqual(heard, ['b'])
    })

    it('is asked for the narrow filters where it refuses the wide one that takes them in', async () => {
        verdicts.set('a/#', 'refused')
        const wide = hear('a/#')
        const narrow = hear('a/b')
        await becomes('connected', /"a\/#"/)
        await broker.subscribed(ending.signal)
        broker.publish('a/b', '')
        await narrow.first
        verdicts.set('a/#', 'granted')
        later.shift()!()
        await becomes('connected', undefined)
        broker.publish('a/c', '')
        await until(() => wide.heard.includes('a/c'))
        assert.deepEqual([wide.heard, narrow.heard], [['a/b', 'a/c'], ['a/b']])
    })

    it('is no trouble any longer once nobody wants to hear that', async () => {
        verdicts.set('b', 'refused')
        hear('a')
        const leaving = new AbortController()
        broker.subscribe(['b'], () => {}, leaving.signal)
        await becomes('connected', /refuses/)
        leaving.abort()
        assert.equal(broker.refusal(['b']), undefined)
        later.shift()!()
        hear('c')
        await becomes('connected', undefined)
        assert.equal(server.asked.filter((filter) => filter === 'b').length, 1)
    })

    it('counts as lost when it never answers, says so with the filter, and is tried anew', async () => {
        verdicts.set('b', 'silence')
        const { first } = hear('a', 'b')
        await until(() => server.asked.includes('b'))
        assert.equal(broker.state, 'connecting')
        late.shift()!()
        assert.equal(broker.state, 'disconnected')
        assert.equal(broker.reason, `the broker at 127.0.0.1:${server.port} does not answer the subscription to "a", "b"`)
        await until(() => server.asked.filter((filter) => filter === 'b').length === 2)
        verdicts.set('b', 'granted')
        late.shift()!()
        await becomes('connected', undefined)
        broker.publish('b', '')
        await first
        assert.equal(late.length, 0)
    })

    it('counts as lost, too, when it does not answer one that comes later', async () => {
        hear('a')
        await becomes('connected')
        verdicts.set('x'.repeat(1000), 'silence')
        hear('x'.repeat(1000))
        await until(() => server.asked.length === 2)
        late.shift()!()
        assert.match(broker.reason!, /does not answer the subscription to "x{100}…"$/)
        verdicts.clear()
        await becomes('connected')
    })

    async function until(holds: () => boolean): Promise<void> {
        for (const end = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
            assert.ok(Date.now() < end, 'it did not happen')
    }
})
