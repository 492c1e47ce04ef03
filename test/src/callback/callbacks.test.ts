import assert from 'node:assert/strict'
import { RefusedHost } from '../../../src/callback/addresses.ts'
import { Callbacks } from '../../../src/callback/callbacks.ts'
import type { Outcome, Tally } from '../../../src/callback/deliveries.ts'
import type { Request } from '../../../src/callback/put.ts'
import type { CallbackRepository } from '../../../src/callback/repository.ts'
import { Refusal } from '../../../src/refusal.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { rowsInMemory } from './memory.ts'

const hour = 3_600_000
const target = { header: 'CPEE-CALLBACK', url: 'http://127.0.0.1/done' }

describe('Callbacks', () => {
    let clock: FakeClock
    let whole: CallbackRepository
    let held: Set<string>
    let repository: CallbackRepository
    let closing: AbortController
    let sent: Request[]
    /** What each PUT comes to, one after the other; 200 after that. */
    let results: (number | Error | Promise<number>)[]
    let tallies: Tally[]
    let outcomes: Outcome[]
    let next = 0

    const start = () => {
        closing = new AbortController()
        const put = (request: Request, signal: AbortSignal): Promise<number> => {
            sent.push(request)
            const result = results.shift() ?? 200
            if (result instanceof Error) return Promise.reject(result)
            return Promise.race([
                result,
                new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
            ])
        }
        const ready = () => Promise.resolve()
        const callbacks = new Callbacks({ repository, ready, clock, id: () => `c${++next}`, put })
        callbacks.join(closing.signal)
        const replier = {
            giveUp: hour,
            outcome: (outcome: Outcome) => outcomes.push(outcome),
            changed: (tally: Tally) => tallies.push(tally),
        }
        callbacks.attach('reply', replier, closing.signal)
        return callbacks
    }
    const reply = (callbacks: Callbacks, id: string, body: object = { message: 'done' }) =>
        callbacks.reply(id, 'reply', JSON.stringify(body), closing.signal)
    const bodies = () => sent.map(({ body }) => JSON.parse(body))
    const isClosed = (error: unknown) => error instanceof Refusal && error.status === 410 && error.code === 'CALLBACK_CLOSED'

    beforeEach(() => {
        clock = new FakeClock()
        held = new Set()
        whole = rowsInMemory(held)
        repository = whole
        sent = []
        results = []
        tallies = []
        outcomes = []
    })
    afterEach(() => closing.abort())

    it('answers once, and forgets it before it says so', async () => {
        const callbacks = start()
        const { id, ...rest } = await callbacks.open('accept', target)
        assert.deepEqual(rest, target)
        assert.equal((await repository.get(id))?.state, 'open')
        const answered = reply(callbacks, id, { message: 'done', instance: 1 })
        await clock.advanceAsync(0)
        const outcome = await answered
        assert.deepEqual(outcome, { callback: { id, ...target }, payload: { message: 'done', instance: 1 } })
        assert.deepEqual(sent, [{ id, url: target.url, body: '{"message":"done","instance":1}' }])
        assert.equal(await repository.get(id), undefined)
        await assert.rejects(reply(callbacks, id), isClosed)
        await assert.rejects(reply(callbacks, 'unknown'), isClosed)
        assert.deepEqual(outcomes, [])
        assert.deepEqual(tallies.at(-1), { pending: 0, failure: undefined })
    })

    it('takes one answer of two that come at once', async () => {
        const callbacks = start()
        const { id } = await callbacks.open('accept', target)
        const answers = [reply(callbacks, id), reply(callbacks, id)]
        const settled = Promise.allSettled(answers)
        await clock.advanceAsync(0)
        const [first, second] = await settled
        assert.equal(first?.status, 'fulfilled')
        assert.ok(second?.status === 'rejected' && isClosed(second.reason))
        assert.equal(sent.length, 1)
    })

    for (const result of [new Error('ECONNREFUSED'), 500, 503, 408, 425, 429])
        it(`tries again after ${result instanceof Error ? result.message : result}, at growing intervals`, async () => {
            const callbacks = start()
            const { id } = await callbacks.open('accept', target)
            results.push(result, result, result)
            const answered = reply(callbacks, id)
            const times: number[] = []
            for (let second = 0; second <= 7; second++) {
                await clock.advanceAsync(second === 0 ? 0 : 1000)
                times.push(sent.length)
            }
            await answered
            assert.deepEqual(times, [1, 2, 2, 3, 3, 3, 3, 4])
            assert.ok(tallies.some(({ pending, failure }) => pending === 1 && failure))
            assert.deepEqual(tallies.at(-1), { pending: 0, failure: undefined })
        })

    for (const result of [301, 307, 400, 404, 410, new RefusedHost()])
        it(`gives up at once after ${result instanceof Error ? result.message : result}`, async () => {
            const callbacks = start()
            const { id } = await callbacks.open('accept', target)
            results.push(result)
            const answered = reply(callbacks, id)
            await clock.advanceAsync(0)
            const { refusal } = await answered
            assert.deepEqual([refusal?.status, refusal?.code], [502, 'CALLBACK_UNDELIVERED'])
            await clock.advanceAsync(hour)
            assert.equal(sent.length, 1)
            assert.equal(await repository.get(id), undefined)
            assert.ok(tallies.at(-1)?.failure)
        })

    for (const [how, by] of Object.entries({ 'is right': 0, 'is set back': -2 * hour, 'is set forward': 2 * hour }))
        it(`gives up when its time is over, counted from the answer and not from the promise, though the wall clock ${how}`, async () => {
            const callbacks = start()
            const { id } = await callbacks.open('accept', target)
            await clock.advanceAsync(48 * hour)
            results = Array.from({ length: 1000 }, () => 500)
            const answered = reply(callbacks, id)
            await clock.advanceAsync(0)
            clock.jump(by)
            await clock.advanceAsync(hour - 1)
            assert.ok(sent.length > 15)
            assert.equal((await repository.get(id))?.state, 'ready')
            await clock.advanceAsync(1)
            const { refusal } = await answered
            assert.equal(refusal?.code, 'CALLBACK_UNDELIVERED')
            assert.match(refusal.message, /500/)
        })

    it('never sends more than sixteen at the same time', async () => {
        const callbacks = start()
        const all = await Promise.all(Array.from({ length: 40 }, () => callbacks.open('accept', target)))
        const { promise, resolve } = Promise.withResolvers<number>()
        results = Array.from({ length: 40 }, () => promise)
        const answers = Promise.all(all.map(({ id }) => reply(callbacks, id)))
        await clock.advanceAsync(0)
        assert.equal(sent.length, 16)
        resolve(200)
        await clock.advanceAsync(0)
        await answers
        assert.equal(new Set(sent.map(({ id }) => id)).size, 40)
    })

    it('goes on with what was ready after a restart, and tells the node that answered', async () => {
        const callbacks = start()
        const { id } = await callbacks.open('accept', target)
        results.push(new Promise(() => {}))
        const answered = reply(callbacks, id)
        await clock.advanceAsync(0)
        assert.equal(sent.length, 1)
        closing.abort(new Error('closed'))
        await assert.rejects(answered, /closed/)
        assert.equal((await repository.get(id))?.state, 'ready')
        assert.equal(clock.pending, 0)
        start()
        await clock.advanceAsync(1000)
        assert.equal(sent.length, 2)
        assert.deepEqual(outcomes, [{ callback: { id, ...target }, payload: { message: 'done' } }])
        assert.equal(await repository.get(id), undefined)
    })

    it('answers what a former run left open with a failure, unless a kept message will answer it', async () => {
        const former = start()
        const [lost, noted, kept] = await Promise.all([1, 2, 3].map(() => former.open('accept', target)))
        await former.accepted(noted!.id, { instance: { id: 'i1' }, message: 'started' })
        held.add(kept!.id)
        closing.abort()
        const callbacks = start()
        const fresh = await callbacks.open('accept', target)
        await callbacks.checked
        await clock.advanceAsync(1000)
        const message = 'the run was interrupted by a restart'
        assert.deepEqual(Object.fromEntries(sent.map(({ id, body }) => [id, JSON.parse(body)])), {
            [lost!.id]: { message },
            [noted!.id]: { instance: { id: 'i1' }, message },
        })
        assert.equal((await repository.get(kept!.id))?.state, 'open')
        assert.equal((await repository.get(fresh.id))?.state, 'open')
    })

    it('answers those that are abandoned, once', async () => {
        const callbacks = start()
        const { id } = await callbacks.open('accept', target)
        await callbacks.abandon([id, 'unknown'])
        await clock.advanceAsync(2000)
        await callbacks.abandon([id])
        await clock.advanceAsync(2000)
        assert.deepEqual(bodies(), [{ message: 'the run was interrupted by a restart' }])
    })

    describe('while the store is away', () => {
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))

        it('promises nothing', async () => {
            repository = { ...whole, add: away }
            await assert.rejects(start().open('accept', target), /away/)
        })

        it('keeps an answer for when it is back', async () => {
            repository = { ...whole }
            const callbacks = start()
            const { id } = await callbacks.open('accept', target)
            repository.update = away
            const answered = reply(callbacks, id)
            await clock.advanceAsync(5000)
            assert.equal(sent.length, 0)
            repository.update = whole.update
            await clock.advanceAsync(30_000)
            await answered
            assert.equal(sent.length, 1)
        })

        it('does not send twice what was delivered', async () => {
            repository = { ...whole }
            const callbacks = start()
            const { id } = await callbacks.open('accept', target)
            repository.remove = away
            const answered = reply(callbacks, id)
            await clock.advanceAsync(60_000)
            assert.equal(sent.length, 1)
            repository.remove = whole.remove
            await clock.advanceAsync(1000)
            assert.equal((await answered).refusal, undefined)
            assert.equal(sent.length, 1)
        })

        it('finds what a former run left when it is back', async () => {
            const former = start()
            await former.open('accept', target)
            closing.abort()
            repository = { ...whole, orphans: away }
            start()
            await clock.advanceAsync(3000)
            repository.orphans = whole.orphans
            await clock.advanceAsync(30_000)
            assert.equal(sent.length, 1)
        })
    })

    it('stops with the last who takes part, and leaves no timer', async () => {
        const callbacks = start()
        const other = new AbortController()
        callbacks.join(other.signal)
        const { id } = await callbacks.open('accept', target)
        results = [500, 500, 500]
        reply(callbacks, id).catch(() => {})
        closing.abort()
        await clock.advanceAsync(0)
        other.abort()
        await clock.advanceAsync(60_000)
        assert.equal(clock.pending, 0)
    })
})
