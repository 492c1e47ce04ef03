import assert from 'node:assert/strict'
import { LocalBus } from '../../../src/bus/index.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { carried, carriedError, direct } from '../../support/carrying.ts'
import { FakeClock } from '../../support/fake-clock.ts'

for (const [form, made] of [
    ['within a process', direct],
    ['that carries', (bus: LocalBus) => bus],
] as const)
    describe(`a bus ${form}`, () => {
        let [clock, logged, bus, ending] = [] as unknown as [FakeClock, string[], LocalBus, AbortController]
        beforeEach(() => {
            clock = new FakeClock()
            logged = []
            bus = made(new LocalBus({ clock, log: (text) => logged.push(text) }))
            ending = new AbortController()
        })
        const hear = (topic: string, signal = ending.signal) => {
            const heard: unknown[] = []
            bus.subscribe(topic, (message) => void heard.push(message), signal)
            return heard
        }

        it('tells every subscriber of a topic, and none of another', () => {
            const [one, other, foreign] = [hear('a/b'), hear('a/b'), hear('a')]
            bus.publish('a/b', { n: 1 })
            bus.publish('a/b')
            bus.publish('a/+', { n: 2 })
            assert.deepEqual([one, other, foreign], [[{ n: 1 }, undefined], [{ n: 1 }, undefined], []])
        })

        it('tells nobody who has left, be it while the message is told', () => {
            const leaving = new AbortController()
            bus.subscribe('a', () => leaving.abort(), ending.signal)
            const left = hear('a', leaving.signal)
            const late: unknown[] = []
            bus.subscribe('a', () => bus.subscribe('a', (message) => void late.push(message), ending.signal), ending.signal)
            bus.publish('a', 1)
            assert.deepEqual([left, late], [[], []])
            bus.publish('a', 2)
            assert.deepEqual([left, late], [[], [2]])
        })

        it('keeps the order of a publisher for everybody, also of what is published while another message is told', () => {
            bus.subscribe<number>('a', (n) => n === 1 && bus.publish('a', 2), ending.signal)
            const heard = hear('a')
            bus.publish('a', 1)
            bus.publish('a', 3)
            assert.deepEqual(heard, [1, 2, 3])
        })

        it('goes on after a subscriber that throws, and logs it', () => {
            bus.subscribe(
                'a',
                () => {
                    throw new Error('broken')
                },
                ending.signal,
            )
            const heard = hear('a')
            bus.publish('a', 1)
            bus.publish('a', 2)
            assert.deepEqual(heard, [1, 2])
            assert.equal(logged.length, 2)
            assert.match(logged[0]!, /a subscriber of a failed: Error: broken/)
        })

        it('answers a request with what the responder gives, now or later', async () => {
            bus.respond<number>('double', (n) => n * 2, ending.signal)
            bus.respond<number>('later', async (n) => ({ n }), ending.signal)
            bus.respond('nothing', () => {}, ending.signal)
            assert.deepEqual(
                [await bus.request('double', 4), await bus.request('later', 4), await bus.request('nothing')],
                [8, { n: 4 }, undefined],
            )
        })

        it('hands on a refusal as a refusal, and of another error its message and code', async () => {
            const wrong = new Refusal(409, 'TURNED_OFF', 'was turned off', { instanceId: 'i1' })
            bus.respond('refused', () => Promise.reject(wrong), ending.signal)
            bus.respond(
                'failed',
                () => {
                    throw Object.assign(new Error('broken'), { code: 'EIO' })
                },
                ending.signal,
            )
            const refusal: unknown = await bus.request('refused').catch((error: unknown) => error)
            assert.ok(refusal instanceof Refusal)
            const { status, code, message, details } = refusal
            assert.deepEqual([status, code, message, details], [409, 'TURNED_OFF', 'was turned off', { instanceId: 'i1' }])
            await assert.rejects(bus.request('failed'), { message: 'broken', code: 'EIO' })
        })

        it('refuses a request that nobody answers, or nobody any more', async () => {
            const refused = { name: 'Refusal', status: 503, code: 'NO_RESPONDER' }
            await assert.rejects(bus.request('a'), refused)
            bus.respond('a', () => 1, ending.signal)
            bus.respond('b', () => 1, AbortSignal.abort())
            assert.equal(await bus.request('a'), 1)
            ending.abort()
            await assert.rejects(bus.request('a'), refused)
            await assert.rejects(bus.request('b'), refused)
        })

        it('lets the latest responder answer, whose predecessor takes nothing with it', async () => {
            const [first, second] = [new AbortController(), new AbortController()]
            bus.respond('a', () => 1, first.signal)
            bus.respond('a', () => 2, second.signal)
            first.abort()
            assert.equal(await bus.request('a'), 2)
        })

        it('ends a request that takes too long, and one whose requester has enough', async () => {
            bus.respond('never', () => new Promise(() => {}), ending.signal)
            const late = assert.rejects(bus.request('never', 1, { timeout: 50 }), { name: 'Refusal', status: 504, code: 'NO_ANSWER' })
            const leaving = new AbortController()
            const left = assert.rejects(bus.request('never', 1, { timeout: 50, signal: leaving.signal }), /enough/)
            leaving.abort(new Error('enough'))
            await left
            clock.advance(50)
            await late
            await assert.rejects(bus.request('never', 1, { signal: leaving.signal }), /enough/)
            assert.equal(clock.pending, 0)
        })

        it('answers in time without keeping a timer', async () => {
            bus.respond('a', async () => 1, ending.signal)
            assert.equal(await bus.request('a', 0, { timeout: 50, signal: ending.signal }), 1)
            assert.equal(clock.pending, 0)
        })
    })

describe('what a bus carries', () => {
    it('is plain data', () => {
        const data = { text: 'ä', list: [1, null, { deep: true }] }
        assert.deepEqual(carried(data), data)
        assert.notEqual(carried(data), data)
        for (const wrong of [
            () => {},
            { run() {} },
            new Map(),
            new Date(0),
            { gone: undefined },
            Number.NaN,
            -0,
            new AbortController().signal,
        ])
            assert.throws(() => carried(wrong))
    })

    it('is no more of an error than can travel', () => {
        const error = carriedError(new Refusal(404, 'NOT_FOUND', 'is not there', { id: 1 }, new Error('why')))
        assert.ok(error instanceof Refusal && error.cause === undefined)
        assert.deepEqual(carriedError('odd').message, 'odd')
    })
})
