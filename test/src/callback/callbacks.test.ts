import assert from 'node:assert/strict'
import { RefusedHost } from '../../../src/callback/guard.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { CallbackBench, isClosed, target } from './bench.ts'

const hour = 3_600_000

describe('Callbacks', () => {
    let bench: CallbackBench
    beforeEach(() => {
        bench = new CallbackBench()
    })
    afterEach(() => bench.closing.abort())

    it('answers once, and forgets it before it says so', async () => {
        const callbacks = bench.start()
        const { id, ...rest } = await callbacks.open('accept', target)
        assert.deepEqual(rest, target)
        assert.equal((await bench.repository.get(id))?.state, 'open')
        const answered = bench.reply(callbacks, id, { message: 'done', instance: 1 })
        await bench.clock.advanceAsync(0)
        const outcome = await answered
        assert.deepEqual(outcome, { callback: { id, ...target }, payload: { message: 'done', instance: 1 } })
        assert.deepEqual(bench.sent, [{ id, url: target.url, body: '{"message":"done","instance":1}' }])
        assert.equal(await bench.repository.get(id), undefined)
        await assert.rejects(bench.reply(callbacks, id), isClosed)
        await assert.rejects(bench.reply(callbacks, 'unknown'), isClosed)
        assert.deepEqual(bench.outcomes, [])
        assert.deepEqual(bench.tallies.at(-1), { pending: 0, failure: undefined })
    })

    it('takes one answer of two that come at once', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open('accept', target)
        const answers = [bench.reply(callbacks, id), bench.reply(callbacks, id)]
        const settled = Promise.allSettled(answers)
        await bench.clock.advanceAsync(0)
        const [first, second] = await settled
        assert.equal(first?.status, 'fulfilled')
        assert.ok(second?.status === 'rejected' && isClosed(second.reason))
        assert.equal(bench.sent.length, 1)
    })

    for (const result of [new Error('ECONNREFUSED'), 500, 503, 408, 425, 429])
        it(`tries again after ${result instanceof Error ? result.message : result}, at growing intervals`, async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open('accept', target)
            bench.results.push(result, result, result)
            const answered = bench.reply(callbacks, id)
            const times: number[] = []
            for (let second = 0; second <= 7; second++) {
                await bench.clock.advanceAsync(second === 0 ? 0 : 1000)
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
            const { id } = await callbacks.open('accept', target)
            bench.results.push(result)
            const answered = bench.reply(callbacks, id)
            await bench.clock.advanceAsync(0)
            const { refusal } = await answered
            assert.deepEqual([refusal?.status, refusal?.code], [502, 'CALLBACK_UNDELIVERED'])
            await bench.clock.advanceAsync(hour)
            assert.equal(bench.sent.length, 1)
            assert.equal(await bench.repository.get(id), undefined)
            assert.ok(bench.tallies.at(-1)?.failure)
        })

    for (const [how, by] of Object.entries({ 'is right': 0, 'is set back': -2 * hour, 'is set forward': 2 * hour }))
        it(`gives up when its time is over, counted from the answer and not from the promise, though the wall clock ${how}`, async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open('accept', target)
            await bench.clock.advanceAsync(48 * hour)
            bench.results = Array.from({ length: 1000 }, () => 500)
            const answered = bench.reply(callbacks, id)
            await bench.clock.advanceAsync(0)
            bench.clock.jump(by)
            await bench.clock.advanceAsync(hour - 1)
            assert.ok(bench.sent.length > 15)
            assert.equal((await bench.repository.get(id))?.state, 'ready')
            await bench.clock.advanceAsync(1)
            const { refusal } = await answered
            assert.equal(refusal?.code, 'CALLBACK_UNDELIVERED')
            assert.match(refusal.message, /500/)
        })

    it('goes on with others while a receiver does not answer', async () => {
        const callbacks = bench.start()
        const all = await Promise.all(Array.from({ length: 300 }, () => callbacks.open('accept', { ...target, url: 'http://dead.test/' })))
        bench.results = Array.from({ length: 300 }, () => new Promise<number>(() => {}))
        for (const { id } of all) bench.reply(callbacks, id).catch(() => {})
        await bench.clock.advanceAsync(0)
        const { id } = await callbacks.open('accept', target)
        bench.results = [200]
        const answered = bench.reply(callbacks, id)
        await bench.clock.advanceAsync(0)
        assert.equal((await answered).refusal, undefined)
        assert.ok(bench.sent.length < 10)
    })

    it('goes on with what was ready after a restart, and tells the node that answered', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open('accept', target)
        bench.results.push(new Promise(() => {}))
        const answered = bench.reply(callbacks, id)
        await bench.clock.advanceAsync(0)
        assert.equal(bench.sent.length, 1)
        bench.closing.abort(new Error('closed'))
        await assert.rejects(answered, /closed/)
        assert.equal((await bench.repository.get(id))?.state, 'ready')
        assert.equal(bench.clock.pending, 0)
        bench.start()
        await bench.clock.advanceAsync(1000)
        assert.equal(bench.sent.length, 2)
        assert.deepEqual(bench.outcomes, [{ callback: { id, ...target }, payload: { message: 'done' } }])
        assert.equal(await bench.repository.get(id), undefined)
    })

    it('answers what a former run left open with a failure, unless a kept message will answer it', async () => {
        const former = bench.start()
        const [lost, noted, kept] = await Promise.all([1, 2, 3].map(() => former.open('accept', target)))
        await former.accepted(noted!.id, { instance: { id: 'i1' }, message: 'started' })
        bench.held.add(kept!.id)
        bench.closing.abort()
        const callbacks = bench.start()
        const fresh = await callbacks.open('accept', target)
        await callbacks.checked
        await bench.clock.advanceAsync(1000)
        const message = 'the run was interrupted by a restart'
        assert.deepEqual(Object.fromEntries(bench.sent.map(({ id, body }) => [id, JSON.parse(body)])), {
            [lost!.id]: { message },
            [noted!.id]: { instance: { id: 'i1' }, message },
        })
        assert.equal((await bench.repository.get(kept!.id))?.state, 'open')
        assert.equal((await bench.repository.get(fresh.id))?.state, 'open')
    })

    it('answers those that are abandoned, once', async () => {
        const callbacks = bench.start()
        const { id } = await callbacks.open('accept', target)
        await callbacks.abandon([id, 'unknown'])
        await bench.clock.advanceAsync(2000)
        await callbacks.abandon([id])
        await bench.clock.advanceAsync(2000)
        assert.deepEqual(bench.bodies(), [{ message: 'the run was interrupted by a restart' }])
    })

    describe('while the store is away', () => {
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))

        it('promises nothing', async () => {
            bench.repository = { ...bench.whole, add: away }
            await assert.rejects(bench.start().open('accept', target), /away/)
        })

        it('keeps an answer for when it is back', async () => {
            bench.repository = { ...bench.whole }
            const callbacks = bench.start()
            const { id } = await callbacks.open('accept', target)
            bench.repository.update = away
            const answered = bench.reply(callbacks, id)
            await bench.clock.advanceAsync(5000)
            assert.equal(bench.sent.length, 0)
            bench.repository.update = bench.whole.update
            await bench.clock.advanceAsync(30_000)
            await answered
            assert.equal(bench.sent.length, 1)
        })

        it('does not send twice what was delivered', async () => {
            bench.repository = { ...bench.whole }
            const callbacks = bench.start()
            const { id } = await callbacks.open('accept', target)
            bench.repository.remove = away
            const answered = bench.reply(callbacks, id)
            await bench.clock.advanceAsync(60_000)
            assert.equal(bench.sent.length, 1)
            bench.repository.remove = bench.whole.remove
            await bench.clock.advanceAsync(1000)
            assert.equal((await answered).refusal, undefined)
            assert.equal(bench.sent.length, 1)
        })

        it('finds what a former run left when it is back', async () => {
            const former = bench.start()
            await former.open('accept', target)
            bench.closing.abort()
            bench.repository = { ...bench.whole, orphans: away }
            bench.start()
            await bench.clock.advanceAsync(3000)
            bench.repository.orphans = bench.whole.orphans
            await bench.clock.advanceAsync(30_000)
            assert.equal(bench.sent.length, 1)
        })
    })

    it('stops with the last who takes part, and leaves no timer', async () => {
        const callbacks = bench.start()
        const other = new AbortController()
        callbacks.join(other.signal)
        const { id } = await callbacks.open('accept', target)
        bench.results = [500, 500, 500]
        bench.reply(callbacks, id).catch(() => {})
        bench.closing.abort()
        await bench.clock.advanceAsync(0)
        other.abort()
        await bench.clock.advanceAsync(60_000)
        assert.equal(bench.clock.pending, 0)
    })
})
