import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Outbox } from '../../../src/peers/outbox.ts'
import { Tasks } from '../../../src/tasks/index.ts'
import { Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { workbench } from '../store/open.ts'
import { changed } from '../tasks/bench.ts'

describe('what is kept for a peer', () => {
    const bench = workbench()
    after(() => bench.clear())

    it('keeps its order when the peer goes and comes again while it is being read', async () => {
        const port = await Port.open()
        const ending = new AbortController()
        const claiming = Promise.withResolvers<void>()
        const goOn = Promise.withResolvers<void>()
        const all = Promise.withResolvers<void>()
        const store = bench.open(bench.file())
        const repository = changed(store.tasks, {
            async claim(ids, by) {
                claiming.resolve()
                await goOn.promise
                return store.tasks.claim(ids, by)
            },
        })
        const common = { clock: new FakeClock(), newId: randomUUID, log: (text: string) => void port.logged.push(text) }
        const tasks = new Tasks({ ...common, repository, ready: (signal) => store.ready(signal) })
        const encode = (_peer: unknown, payload: unknown) => JSON.stringify(payload)
        const box = new Outbox({ endpoint: port.endpoint(), id: 'e', encode, tasks, ...common })
        let delivered = 0
        box.attach('n', { delivered: () => ++delivered === 40 && all.resolve(), expired: assert.fail }, ending.signal)
        for (let n = 0; n < 40; n++) await box.keep({ node: 'n', peer: 'a', payload: `${n}`, ttl: 60_000, msg: {} })

        const first = await port.connect('/devices?id=a')
        await claiming.promise
        first.terminate()
        await port.hears('disconnected')
        const got: number[] = []
        const second = port.client('/devices?id=a')
        second.on('message', (data) => got.push(Number(String(data))))
        await port.hears('connected', 2)
        goOn.resolve()
        await all.promise
        assert.deepEqual(
            got,
            Array.from({ length: 40 }, (_, n) => n),
        )
        second.terminate()
        ending.abort()
        await port.close()
    })
    it('is sent although one of it is damaged', async () => {
        const port = await Port.open()
        const ending = new AbortController()
        const all = Promise.withResolvers<void>()
        const store = bench.open(bench.file('damaged.sqlite'))
        const common = { clock: new FakeClock(), newId: randomUUID, log: (text: string) => void port.logged.push(text) }
        const tasks = new Tasks({ ...common, repository: store.tasks, ready: (signal) => store.ready(signal) })
        const encode = (_peer: unknown, payload: unknown) => JSON.stringify(payload)
        const box = new Outbox({ endpoint: port.endpoint(), id: 'e', encode, tasks, ...common })
        box.attach('n', { delivered: ({ payload }) => payload === '2' && all.resolve(), expired: assert.fail }, ending.signal)
        for (const payload of ['1', '{', '2']) await box.keep({ node: 'n', peer: 'a', payload, ttl: 60_000, msg: {} })
        const got: string[] = []
        const client = port.client('/devices?id=a')
        client.on('message', (data) => got.push(String(data)))
        await all.promise
        assert.deepEqual(got, ['1', '2'])
        assert.match(port.logged.join(), /^a message kept for a cannot be read and is left out: /)
        client.terminate()
        ending.abort()
        await port.close()
    })
})
