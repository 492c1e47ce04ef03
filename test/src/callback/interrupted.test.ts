import assert from 'node:assert/strict'
import { written } from '../../../src/callback/promised.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { PARKED } from '../../../src/tasks/index.ts'
import { away } from '../tasks/bench.ts'
import { CallbackBench, isClosed, target } from './bench.ts'

const hour = 3_600_000

describe('Callbacks in trouble', () => {
    let bench: CallbackBench
    beforeEach(() => {
        bench = new CallbackBench()
    })
    afterEach(() => bench.clear())

    describe('after a deploy', () => {
        const message = 'the run was interrupted by a restart'

        it('answers what nobody works on any more within seconds, once', async () => {
            const callbacks = bench.start()
            bench.deploy()
            const [lost, kept, working, late] = await Promise.all([1, 2, 3, 4].map(() => callbacks.open(target)))
            await bench.hold(kept!.id)
            bench.busy.add(working!.id)
            bench.deploy()
            await bench.advance(0)
            bench.busy.clear()
            const fresh = await callbacks.open(target)
            await bench.advance(4000)
            void bench.reply(callbacks, late!.id, { message: 'late' })
            await bench.advance(3000)
            assert.deepEqual(bench.messages(), {
                [lost!.id]: message,
                [late!.id]: 'late',
            })
            assert.equal(bench.sent.length, 2)
            for (const { id } of [kept!, working!, fresh]) assert.equal(await bench.state(id), 'open')
            await assert.rejects(bench.reply(callbacks, lost!.id), isClosed)
        })

        it('answers all of them when one deploy follows another', async () => {
            const callbacks = bench.start()
            bench.deploy()
            const ids: string[] = []
            for (let i = 0; i < 20; i++) {
                ids.push((await callbacks.open(target)).id)
                bench.deploy()
                await bench.advance(700)
            }
            await bench.advance(10_000)
            assert.deepEqual(bench.sent.map(({ id }) => id).toSorted(), ids.toSorted())
        })

        it('does not answer twice what is answered at that moment', async () => {
            const callbacks = bench.start()
            bench.deploy()
            const { id } = await callbacks.open(target)
            bench.deploy()
            const { promise, resolve } = Promise.withResolvers<void>()
            const whole = bench.bench.db.tasks
            bench.changes.change = (which, change) => promise.then(() => whole.change(which, change))
            await bench.advance(4990)
            const answered = bench.reply(callbacks, id, { message: 'done' })
            await bench.advance(1000)
            resolve()
            await bench.advance(5000)
            await answered
            assert.deepEqual(
                bench.bodies().map((body) => body.message),
                ['done'],
            )
        })

        it('waits for the store', async () => {
            const callbacks = bench.start()
            bench.deploy()
            await callbacks.open(target)
            bench.changes.childless = away
            bench.deploy()
            await bench.advance(5000)
            delete bench.changes.childless
            // Second by second, so that the store keeps up with the clock.
            for (let second = 0; second < 20; second++) await bench.advance(1000)
            assert.deepEqual(bench.bodies(), [{ message }])
        })
    })

    describe('with rows that are damaged', () => {
        const rowOf = (id: string, dueAt: number, payload = written(target)) => {
            const task = { id, kind: 'callback', queue: '', owner: '', key: null, parent: null, expiresAt: null }
            return bench.bench.db.tasks.add({ ...task, dueAt, payload })
        }

        it('answers the others, and lets what waits go on', async () => {
            const whole = bench.bench.db.tasks
            await whole.begin('test')
            await rowOf('note', PARKED, written({ ...target, accepted: 'no JSON' }))
            await rowOf('lost', PARKED)
            await rowOf('body', 0, written({ ...target, body: '{' }))
            await rowOf('url', 0, written({ ...target, url: 'nonsense', body: '{}' }))
            await rowOf('head', 0, 'nonsense')
            await rowOf('open head', PARKED, 'nonsense')
            await rowOf('whole', 0, written({ ...target, body: '{"message":"whole"}' }))
            await rowOf('row', PARKED)
            await rowOf('ready row', 0, written({ ...target, body: '{}' }))
            const odd = () => Promise.reject(new Error('ERR_OUT_OF_RANGE'))
            bench.changes.get = (id) => (id.endsWith('row') ? odd() : whole.get(id))
            bench.changes.claim = (ids, claim) => (ids.includes('ready row') ? odd() : whole.claim(ids, claim))
            const callbacks = bench.start()
            await bench.advance(1000)
            await callbacks.checked
            await bench.advance(1000)
            await bench.advance(1000)
            assert.deepEqual(bench.messages(), {
                note: 'the run was interrupted by a restart',
                lost: 'the run was interrupted by a restart',
                body: 'the answer was damaged where it was kept',
                whole: 'whole',
            })
            assert.equal(bench.logged.filter((text) => text.includes('ERR_OUT_OF_RANGE')).length, 2)
            await bench.advance(hour)
            assert.equal(bench.sent.length, 4)
            assert.equal(whole.total('callback').count, 0)
        })
    })

    describe('promises no more than there is room for', () => {
        const isFull = (error: unknown) => error instanceof Refusal && error.status === 503 && error.code === 'TOO_MANY'
        /** As if there were so much besides. */
        const besides = (more: { count: number; bytes: number }) => {
            const whole = bench.bench.db.tasks
            bench.changes.total = (kind, owner) => {
                const { count, bytes } = whole.total(kind, owner)
                return { count: count + more.count, bytes: bytes + more.bytes }
            }
        }

        it('by number, open ones included', async () => {
            besides({ count: 99_999, bytes: 0 })
            const callbacks = bench.start()
            await bench.advance()
            const { id } = await callbacks.open(target)
            await assert.rejects(callbacks.open(target), isFull)
            await callbacks.withdraw(id)
            await callbacks.open(target)
        })

        it('however many are asked for at once', async () => {
            besides({ count: 99_990, bytes: 0 })
            const callbacks = bench.start()
            await bench.advance()
            const settled = await Promise.allSettled(Array.from({ length: 20 }, () => callbacks.open(target)))
            assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 10)
        })

        it('by bytes', async () => {
            besides({ count: 0, bytes: 268_435_450 })
            const callbacks = bench.start()
            await bench.advance()
            await assert.rejects(callbacks.open(target), isFull)
        })

        it('and sends a failure in place of an answer that is too long', async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open(target)
            const answered = bench.reply(callbacks, id, { text: 'x'.repeat(17_000_000) })
            await bench.advance(0)
            assert.equal((await answered).refusal?.code, 'NOT_STORABLE')
            assert.deepEqual(bench.bodies(), [{ message: 'the answer is too long to be sent' }])
        })
    })
})
