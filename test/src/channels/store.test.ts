import assert from 'node:assert/strict'
import { LocalBus } from '../../../src/bus/index.ts'
import { Channels } from '../../../src/channels/channels.ts'
import { usualLimits } from '../../../src/channels/history.ts'
import type { Store } from '../../../src/stores.ts'
import { Browser } from '../../support/channel-browser.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { soon, workbench } from '../store/open.ts'

describe('channels in a store', () => {
    const clock = new FakeClock()
    let bench: ReturnType<typeof workbench>
    let store: Store
    let epochs = 0
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())
    async function open(file = 'test'): Promise<Channels> {
        store = bench.open(bench.file(file), { clock })
        await store.ready(soon())
        const bus = new LocalBus({ clock, log: () => {} })
        const limits = { ...usualLimits, most: 10, channels: 5 }
        const channels = new Channels({ repository: store.channels, bus, clock, newId: () => `e${++epochs}`, log: () => {}, limits })
        await channels.ready()
        return channels
    }
    const publishAll = (channels: Channels, channel: string, count: number) =>
        Promise.all(Array.from({ length: count }, (_, n) => channels.publish({ channel, data: n, key: String(n % 3) })))
    const rows = async () => Number((await bench.ask('select count(*) as n from channel_messages', bench.file('test')))[0]!.n)

    it('count on after a restart, and keep no more than they may', async () => {
        let channels = await open()
        await publishAll(channels, 'news', 30)
        await publishAll(channels, 'data', 30)
        assert.equal(await channels.publish({ channel: 'news', data: 'last' }), 61)
        await channels.publish({ channel: 'news', data: 'more' })
        // What the last message has driven out goes with the next one.
        assert.equal(await rows(), 3 + 10 + 1)
        await store.close()
        channels = await open()
        assert.equal(await channels.publish({ channel: 'news', data: 'on' }), 63)
        const all = new Browser('*')
        all.connect(channels)
        assert.deepEqual(
            all.messages.map(({ data }) => data),
            [27, 28, 29],
        )
    })

    it('know after a restart of which channels messages were lost, also of those that are forgotten', async () => {
        let channels = await open()
        const browser = new Browser('*')
        browser.connect(channels)
        browser.disconnect()
        await publishAll(channels, 'news', 11)
        for (const channel of ['a', 'b', 'c', 'd', 'e', 'f']) await channels.publish({ channel, data: 1 })
        await channels.publish({ channel: 'f', data: 2 })
        await store.close()
        channels = await open()
        browser.connect(channels)
        // Nobody knows any more whether f was forgotten before.
        assert.deepEqual(
            browser.log.flatMap((one) => ('gap' in one ? [one.gap] : [])),
            ['f', '*'],
        )
        assert.deepEqual(
            browser.messages.map(({ channel }) => channel),
            ['b', 'c', 'd', 'e', 'f', 'f'],
        )
    })

    it('begin anew where the database is another one, or an older copy of it: nobody takes an id for that of before', async () => {
        const channels = await open()
        const browser = new Browser('news')
        browser.connect(channels)
        await publishAll(channels, 'news', 5)
        await bench.ask('delete from channel_messages where seq > 2', bench.file('test'))
        await bench.ask('update channel_place set last = 2', bench.file('test'))
        const id = await channels.publish({ channel: 'news', data: 'after' })
        assert.equal(id, 3)
        assert.deepEqual(browser.log.at(-1), { gap: 'news', reason: 'restarted' })
        await channels.publish({ channel: 'news', data: 'on' })
        assert.equal(browser.messages.at(-1)!.data, 'on')
        browser.cursor = 'e1.3'
        browser.disconnect()
        browser.connect(channels)
        assert.equal((browser.log.at(-1) as { reason?: string }).reason, 'restarted')
    })

    it('refuse what cannot be written, tell nobody of it, and go on', async () => {
        const channels = await open()
        const browser = new Browser('news')
        browser.connect(channels)
        await channels.publish({ channel: 'news', data: 1 })
        await store.close()
        await assert.rejects(channels.publish({ channel: 'news', data: 2 }), { code: 'STORE_UNAVAILABLE' })
        assert.deepEqual(
            browser.messages.map(({ data }) => data),
            [1],
        )
    })
})
