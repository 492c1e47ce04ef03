import assert from 'node:assert/strict'
import { Refusal } from '../../../src/lib/index.ts'
import { CallbackBench, isClosed, target } from './bench.ts'

const hour = 3_600_000

describe('Callbacks in trouble', () => {
    let bench: CallbackBench
    beforeEach(() => {
        bench = new CallbackBench()
    })
    afterEach(() => bench.closing.abort())

    describe('after a deploy', () => {
        const message = 'the run was interrupted by a restart'

        it('answers what nobody works on any more within seconds, once', async () => {
            const callbacks = bench.start()
            bench.deploy()
            const [lost, kept, working, late] = await Promise.all([1, 2, 3, 4].map(() => callbacks.open('accept', target)))
            bench.held.add(kept!.id)
            bench.busy.add(working!.id)
            bench.deploy()
            await bench.clock.advanceAsync(0)
            bench.busy.clear()
            const fresh = await callbacks.open('accept', target)
            await bench.clock.advanceAsync(4000)
            void bench.reply(callbacks, late!.id, { message: 'late' })
            await bench.clock.advanceAsync(3000)
            assert.deepEqual(Object.fromEntries(bench.sent.map(({ id, body }) => [id, JSON.parse(body).message])), {
                [lost!.id]: message,
                [late!.id]: 'late',
            })
            assert.equal(bench.sent.length, 2)
            for (const { id } of [kept!, working!, fresh]) assert.equal((await bench.repository.get(id))?.state, 'open')
            await assert.rejects(bench.reply(callbacks, lost!.id), isClosed)
        })

        it('answers all of them when one deploy follows another', async () => {
            const callbacks = bench.start()
            bench.deploy()
            const ids: string[] = []
            for (let i = 0; i < 20; i++) {
                ids.push((await callbacks.open('accept', target)).id)
                bench.deploy()
                await bench.clock.advanceAsync(700)
            }
            await bench.clock.advanceAsync(10_000)
            assert.deepEqual(bench.sent.map(({ id }) => id).toSorted(), ids.toSorted())
        })

        it('does not answer twice what is answered at that moment', async () => {
            bench.repository = { ...bench.whole }
            const callbacks = bench.start()
            bench.deploy()
            const { id } = await callbacks.open('accept', target)
            bench.deploy()
            const { promise, resolve } = Promise.withResolvers<void>()
            bench.repository.update = (which, change) => promise.then(() => bench.whole.update(which, change))
            await bench.clock.advanceAsync(4990)
            const answered = bench.reply(callbacks, id, { message: 'done' })
            await bench.clock.advanceAsync(1000)
            resolve()
            await bench.clock.advanceAsync(5000)
            await answered
            assert.deepEqual(
                bench.bodies().map((body) => body.message),
                ['done'],
            )
        })

        it('waits for the store', async () => {
            bench.repository = { ...bench.whole }
            const callbacks = bench.start()
            bench.deploy()
            await callbacks.open('accept', target)
            bench.repository.orphans = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
            bench.deploy()
            await bench.clock.advanceAsync(5000)
            bench.repository.orphans = bench.whole.orphans
            await bench.clock.advanceAsync(20_000)
            assert.deepEqual(bench.bodies(), [{ message }])
        })
    })

    describe('with rows that are damaged', () => {
        const rowOf = (id: string) => ({
            id,
            node: 'a',
            ...target,
            attempts: 0,
            nextAt: 0,
            createdAt: bench.clock.now(),
            accepted: null,
            body: null,
        })

        it('answers the others, and lets what waits go on', async () => {
            await bench.whole.add({ ...rowOf('note'), state: 'open', accepted: 'no JSON' })
            await bench.whole.add({ ...rowOf('lost'), state: 'open' })
            await bench.whole.add({ ...rowOf('body'), state: 'ready', body: '{' })
            await bench.whole.add({ ...rowOf('url'), state: 'ready', body: '{}', url: 'nonsense' })
            await bench.whole.add({ ...rowOf('whole'), state: 'ready', body: '{"message":"whole"}' })
            await bench.whole.add({ ...rowOf('row'), state: 'open' })
            await bench.whole.add({ ...rowOf('ready row'), state: 'ready', body: '{}' })
            const get = (id: string) => (id.endsWith('row') ? Promise.reject(new Error('ERR_OUT_OF_RANGE')) : bench.whole.get(id))
            bench.repository = { ...bench.whole, get }
            await bench.start().checked
            await bench.clock.advanceAsync(2000)
            const told = Object.fromEntries(bench.sent.map(({ id, body }) => [id, JSON.parse(body).message]))
            assert.deepEqual(told, {
                note: 'the run was interrupted by a restart',
                lost: 'the run was interrupted by a restart',
                body: 'the answer was damaged where it was kept',
                whole: 'whole',
            })
            assert.equal(bench.logged.filter((text) => text.includes('ERR_OUT_OF_RANGE')).length, 2)
            await bench.clock.advanceAsync(hour)
            assert.equal(bench.sent.length, 4)
        })
    })

    describe('promises no more than there is room for', () => {
        const isFull = (error: unknown) => error instanceof Refusal && error.status === 503 && error.code === 'TOO_MANY'

        it('by number, open ones included', async () => {
            bench.repository = {
                ...bench.whole,
                sizes: () => Promise.resolve(new Map(Array.from({ length: 99_999 }, (_, i) => [`old ${i}`, 1]))),
            }
            const callbacks = bench.start()
            await bench.clock.advanceAsync(0)
            const { id } = await callbacks.open('accept', target)
            await assert.rejects(callbacks.open('accept', target), isFull)
            await callbacks.withdraw(id)
            await callbacks.open('accept', target)
        })

        it('by bytes', async () => {
            bench.repository = { ...bench.whole, sizes: () => Promise.resolve(new Map([['old', 268_435_000]])) }
            const callbacks = bench.start()
            await bench.clock.advanceAsync(0)
            await assert.rejects(callbacks.open('accept', target), isFull)
        })

        it('and sends a failure in place of an answer that is too long', async () => {
            const callbacks = bench.start()
            const { id } = await callbacks.open('accept', target)
            const answered = bench.reply(callbacks, id, { text: 'x'.repeat(17_000_000) })
            await bench.clock.advanceAsync(0)
            assert.equal((await answered).refusal?.code, 'NOT_STORABLE')
            assert.deepEqual(bench.bodies(), [{ message: 'the answer is too long to be sent' }])
        })
    })
})
