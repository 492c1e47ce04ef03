import assert from 'node:assert/strict'
import type { Callbacks } from '../../../src/callback/callbacks.ts'
import { CallbackBench } from './bench.ts'

describe('Hosts that are called back', () => {
    let bench: CallbackBench
    let callbacks: Callbacks
    /** Ends a request to one of them that does not answer by itself, with a status or as one that gave none. */
    let ends: ((status: number | Error) => void)[]
    beforeEach(() => {
        bench = new CallbackBench()
        callbacks = bench.start()
        ends = []
        bench.answer = ({ url }) => {
            if (!url.includes('dead')) return 200
            const { promise, resolve, reject } = Promise.withResolvers<number>()
            ends.push((status) => (typeof status === 'number' ? resolve(status) : reject(status)))
            return promise
        }
    })
    afterEach(() => bench.clear())

    const hosts = () => bench.sent.map(({ url }) => new URL(url).host)
    async function call(hosts: string[], body = {}): Promise<void> {
        const open = await Promise.all(hosts.map((host) => callbacks.open({ url: `http://${host}/`, header: 'X-Callback' })))
        for (const { id } of open) void bench.reply(callbacks, id, body)
        await bench.advance()
    }
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => `dead${i}.test`)

    it('are sent four at a time, and those that do not answer soon one', async () => {
        await call(Array(10).fill('dead.test'))
        assert.equal(bench.sent.length, 4)
        await bench.advance(500)
        for (const end of ends.splice(0, 3)) end(new Error('gone'))
        await bench.advance()
        assert.equal(bench.sent.length, 4)
        ends.splice(0)[0]!(new Error('gone'))
        await bench.advance()
        assert.equal(bench.sent.length, 5)
        // As many as before, once it answers.
        ends.splice(0)[0]!(200)
        await bench.advance()
        assert.equal(bench.sent.length, 9)
    })

    it('that answered before are sent to at once while hundreds do not answer, and others within seconds', async () => {
        await call(['good.test'])
        await call([...numbered(300), 'new.test', 'good.test'])
        assert.deepEqual([hosts().filter((host) => host === 'good.test').length, hosts().includes('new.test')], [2, false])
        for (let half = 0; half < 10; half++) await bench.advance(500)
        assert.ok(hosts().includes('new.test'))
        assert.equal(new Set(hosts()).size, 302)
    })

    it('that are slow are cut short when too much is on its way to them', async () => {
        const megabytes = { text: 'x'.repeat(16_000_000) }
        await call(numbered(2), megabytes)
        await bench.advance(500)
        await call(['deadx.test'], megabytes)
        await bench.advance(500)
        assert.match(bench.tallies.at(-1)!.failure!, /too many others wait/)
        await call(['new.test'])
        assert.equal(hosts().at(-1), 'new.test')
    })
})
