import assert from 'node:assert/strict'
import { RefusedHost } from '../../../src/http/index.ts'
import { away } from '../tasks/bench.ts'
import { CallbackBench, isClosed, target } from './bench.ts'

const hour = 3_600_000

describe('Callbacks', () => {
    let bench: CallbackBench
    beforeEach(() => {
        bench = new CallbackBench()
    })
    afterEach(() => bench.clear())

    it('answers once, and forgets it before it says so', async () => {
        const callbacks = bench.start()
        const { id, ...rest } = await callbacks.open(target)
        assert.deepEqual(rest, target)
        assert.equal(await bench.state(id), 'open')
        const answered = bench.reply(callbacks, id, { message: 'done', instance: 1 })
        await bench.advance(0)
        const outcome = await answered
        assert.deepEqual(outcome, { callback: { id, ...target }, payload: { message: 'done', instance: 1 } })
        assert.deepEqual(bench.sent, [{ id, url: target.url, body: '{"message":"done","instance":1}' }])
        assert.equal(await bench.state(id), undefined)
        await assert.rejects(bench.reply(callbacks, id), isClosed)
        await assert.rejects(bench.reply(callbacks, 'unknown'), isClosed)
        assert.deepEqual(bench.outcomes, [])
        assert.deepEqual(bench.tallies.at(-1), { pending: 0, failure: undefined })
    })

    it('hears the outcome over the bus from whichever process has sent the answer', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open(target)
        bench.answer = () => new Promise<never>(() => {})
        const answered = bench.reply(callbacks, id)
        await bench.advance()
        const topic = `callbacks/${id}/outcome`
        const told = { callback: { id, ...target }, payload: { message: 'done' }, failure: 'answered with 404' }
        await bench.bus.request(topic, told)
        const { refusal, ...rest } = await answered
        assert.deepEqual(rest, { callback: { id, ...target }, payload: { message: 'done' } })
        assert.deepEqual([refusal?.status, refusal?.code], [502, 'CALLBACK_UNDELIVERED'])
        await assert.rejects(bench.bus.request(topic, told), { code: 'NO_RESPONDER' })
    })

    it('takes one answer of two that come at once', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open(target)
        const answers = [bench.reply(callbacks, id), bench.reply(callbacks, id)]
        const settled = Promise.allSettled(answers)
        await bench.advance(0)
        const [first, second] = await settled
        assert.equal(first?.status, 'fulfilled')
        assert.ok(second?.status === 'rejected' && isClosed(second.reason))
        assert.equal(bench.sent.length, 1)
    })

    for (const result of [new Error('ECONNREFUSED'), 500, 503, 408, 425, 429])
        it(`tries again after ${result instanceof Error ? result.message : result}, at growing intervals`, async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            bench.results.push(result, result, result)
            const answered = bench.reply(callbacks, id)
            const times: number[] = []
            for (let second = 0; second <= 7; second++) {
                await bench.advance(second === 0 ? 0 : 1000)
                times.push(bench.sent.length)
            }
            await answered
            assert.deepEqual(times, [1, 2, 2, 3, 3, 3, 3, 4])
            assert.ok(bench.tallies.some(({ pending, failure }) => pending === 1 && failure))
            assert.deepEqual(bench.tallies.at(-1), { pending: 0, failure: undefined })
        })

    for (const result of [301, 307, 400, 404, 410, new RefusedHost()])
        it(`gives up at once after ${result instanceof Error ? result.message : result}`, async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            bench.results.push(result)
            const answered = bench.reply(callbacks, id)
            await bench.advance(0)
            const { refusal } = await answered
            assert.deepEqual([refusal?.status, refusal?.code], [502, 'CALLBACK_UNDELIVERED'])
            await bench.advance(hour)
            assert.equal(bench.sent.length, 1)
            assert.equal(await bench.state(id), undefined)
            assert.ok(bench.tallies.at(-1)?.failure)
        })

    for (const [how, by] of Object.entries({ 'is right': 0, 'is set back': -2 * hour, 'is set forward': 2 * hour }))
        it(`gives up when its time is over, counted from the answer and not from the promise, though the wall clock ${how}`, async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            await bench.advance(48 * hour)
            bench.results = Array.from({ length: 1000 }, () => 500)
            const answered = bench.reply(callbacks, id)
            await bench.advance(0)
            bench.clock.jump(by)
            // As far apart as the tries.
            const steps = [1, 2, 4, 8, 16, 32, 64, 128, 256, ...Array(10).fill(300)].map((second) => second * 1000)
            for (const ms of steps) await bench.advance(ms)
            await bench.advance(hour - 1 - steps.reduce((sum, ms) => sum + ms))
            assert.ok(bench.sent.length > 15)
            assert.equal(await bench.state(id), 'ready')
            await bench.advance(1)
            const { refusal } = await answered
            assert.equal(refusal?.code, 'CALLBACK_UNDELIVERED')
            assert.match(refusal.message, /500/)
        })

    it('goes on with others while a receiver does not answer', async () => {
        const callbacks = bench.start()
        const all = await Promise.all(Array.from({ length: 300 }, () => callbacks.open({ ...target, url: 'http://dead.test/' })))
        bench.results = Array.from({ length: 300 }, () => new Promise<number>(() => {}))
        for (const { id } of all) bench.reply(callbacks, id).catch(() => {})
        await bench.advance(0)
        const { id } = await callbacks.open(target)
        bench.results = [200]
        const answered = bench.reply(callbacks, id)
        await bench.advance(0)
        assert.equal((await answered).refusal, undefined)
        assert.ok(bench.sent.length < 10)
    })

    it('goes on with what was ready after a restart, and tells the node that answered', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open(target)
        bench.results.push(new Promise(() => {}))
        const answered = bench.reply(callbacks, id)
        await bench.advance(0)
        assert.equal(bench.sent.length, 1)
        bench.closing.abort(new Error('closed'))
        await assert.rejects(answered, /closed/)
        assert.equal(await bench.state(id), 'ready')
        await bench.advance()
        assert.equal(bench.clock.pending, 0)
        bench.start()
        await bench.advance(1000)
        assert.equal(bench.sent.length, 2)
        assert.deepEqual(bench.outcomes, [{ callback: { id, ...target }, payload: { message: 'done' } }])
        assert.equal(await bench.state(id), undefined)
    })

    it('answers what a former run left open with a failure, unless a kept message will answer it', async () => {
        const former = bench.start()
        const [lost, noted, kept] = await Promise.all([1, 2, 3].map(() => former.open(target)))
        await former.accepted(noted!.id, { instance: { id: 'i1' }, message: 'started' })
        await bench.hold(kept!.id)
        bench.closing.abort()
        const callbacks = bench.start()
        const fresh = await callbacks.open(target)
        await callbacks.checked
        await bench.advance(1000)
        const message = 'the run was interrupted by a restart'
        assert.deepEqual(Object.fromEntries(bench.sent.map(({ id, body }) => [id, JSON.parse(body)])), {
            [lost!.id]: { message },
            [noted!.id]: { instance: { id: 'i1' }, message },
        })
        assert.equal(await bench.state(kept!.id), 'open')
        assert.equal(await bench.state(fresh.id), 'open')
    })

    it('answers those that are abandoned, once', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open(target)
        await callbacks.abandon([id, 'unknown'])
        await bench.advance(2000)
        await callbacks.abandon([id])
        await bench.advance(2000)
        assert.deepEqual(bench.bodies(), [{ message: 'the run was interrupted by a restart' }])
    })

    describe('while the store is away', () => {
        it('promises nothing', async () => {
            bench.changes.add = away
            await assert.rejects(bench.start().open(target), /away/)
        })

        it('keeps an answer for when it is back', async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            bench.changes.change = away
            const answered = bench.reply(callbacks, id)
            await bench.advance(5000)
            assert.equal(bench.sent.length, 0)
            delete bench.changes.change
            await bench.advance(30_000)
            await answered
            assert.equal(bench.sent.length, 1)
        })

        it('does not send twice what was delivered', async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            bench.changes.remove = away
            const answered = bench.reply(callbacks, id)
            await bench.advance(1000)
            for (let second = 0; second < 60; second++) await bench.clock.advanceAsync(1000)
            assert.equal(bench.sent.length, 1)
            delete bench.changes.remove
            await bench.advance(30_000)
            assert.equal((await answered).refusal, undefined)
            assert.deepEqual([bench.sent.length, await bench.state(id)], [1, undefined])
        })

        it('finds what a former run left when it is back', async () => {
            const former = bench.start()
            await former.open(target)
            bench.closing.abort()
            bench.changes.childless = away
            bench.start()
            await bench.advance(3000)
            delete bench.changes.childless
            await bench.advance(30_000)
            await bench.advance(1000)
            assert.equal(bench.sent.length, 1)
        })

        it('answers all that a former run left, although the store goes away in the middle of it', async () => {
            const former = bench.start()
            for (let i = 0; i < 3; i++) await former.open(target)
            bench.closing.abort()
            const whole = bench.bench.db.tasks
            let tries = 0
            bench.changes.change = (...given) => (++tries === 2 ? away() : whole.change(...given))
            bench.start()
            await bench.advance(3000)
            await bench.advance(30_000)
            await bench.advance(1000)
            assert.equal(bench.sent.length, 3)
        })
    })

    it('stops with the last who takes part, and leaves no timer', async () => {
        const callbacks = bench.start()
        const other = new AbortController()
        callbacks.join(other.signal)
        const { id } = await callbacks.open(target)
        bench.results = [500, 500, 500]
        bench.reply(callbacks, id).catch(() => {})
        bench.closing.abort()
        await bench.advance(0)
        other.abort()
        await bench.advance(60_000)
        assert.equal(bench.clock.pending, 0)
    })
})
