import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../../../src/bus/index.ts'
import { Channels } from '../../../src/channels/channels.ts'
import type { HistoryLimits } from '../../../src/channels/history.ts'
import type { Store } from '../../../src/stores.ts'
import { Browser, checkTold } from '../../support/channel-browser.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'
import { soon, workbench } from '../store/open.ts'

const small: HistoryLimits = { most: 20, mostBytes: 100_000, mostKeys: 50, mostKeyBytes: 100_000, channels: 10, total: 1_000_000 }

describe('what subscribers are told', () => {
    let clock: FakeClock
    let bench: ReturnType<typeof workbench>
    let store: Store
    let channels: Channels
    async function open(limits: HistoryLimits = small): Promise<void> {
        store = bench.open(bench.file())
        await store.ready(soon())
        const bus = new LocalBus({ clock, log: () => {} })
        channels = new Channels({ repository: store.channels, bus, clock, newId: () => randomUUID().slice(0, 8), log: () => {}, limits })
        await channels.ready()
    }
    async function restart(limits?: HistoryLimits): Promise<void> {
        await store.close()
        await open(limits)
    }
    const publish = (channel: string, data: unknown, key?: string) => channels.publish({ channel, data, key })
    const browser = (pattern: string) => {
        const made = new Browser(pattern)
        made.connect(channels)
        return made
    }
    const dataOf = (one: Browser) => one.messages.map(({ data }) => data)
    beforeEach(async () => {
        bench = workbench()
        clock = new FakeClock()
        await open()
    })
    afterEach(() => bench.clear())

    it('is everything that is published from then on, once and in order', async () => {
        await publish('news', 0)
        const [one, all, other] = [browser('news'), browser('*'), browser('news/*')]
        await Promise.all([1, 2, 3].map((n) => publish('news', n)))
        await publish('news/local', 4)
        assert.deepEqual([dataOf(one), dataOf(all), dataOf(other)], [[1, 2, 3], [1, 2, 3, 4], [4]])
        const ids = all.messages.map(({ id }) => id)
        assert.deepEqual(
            ids,
            ids.toSorted((a, b) => a - b),
        )
    })

    it('is, in the beginning, the latest value of each key, all logs, and which alarms are active', async () => {
        for (const [key, value] of [
            ['a', 1],
            ['b', 2],
            ['a', 3],
        ] as const)
            await publish('data', value, key)
        for (const n of [1, 2, 3]) await publish('logs', { n })
        await publish('alarms', { id: 'old' })
        await publish('custom', 'old')
        channels.provide('alarms', async () => [{ id: 'x' }], new AbortController().signal)
        const all = browser('*')
        await publish('alarms', { id: 'new' })
        assert.deepEqual(dataOf(all), [2, 3, { n: 1 }, { n: 2 }, { n: 3 }, { id: 'new' }])
        assert.deepEqual([all.active, all.isReady], [[{ id: 'x' }], true])
        await restart()
        const again = browser('data')
        assert.deepEqual(dataOf(again), [2, 3])
    })

    it('is all of a burst that is larger than what is kept', async () => {
        const one = browser('news')
        await Promise.all(Array.from({ length: 100 }, (_, n) => publish('news', n)))
        assert.deepEqual(
            dataOf(one),
            Array.from({ length: 100 }, (_, n) => n),
        )
        assert.equal(one.log.length, 100)
    })

    it('leaves out logs that are less severe than wanted', async () => {
        const severe = new Browser('logs')
        for (const data of [{ severity: 'debug' }, { level: 'WARN' }, 'no object', { severity: 'fatal' }]) await publish('logs', data)
        severe.subscriber = channels.open(severe)
        severe.subscriber.subscribe({ name: 'logs', patterns: ['logs'], severity: 4, since: undefined })
        await publish('logs', { severity: 'error' })
        await publish('logs', { severity: 'notice' })
        assert.deepEqual(dataOf(severe), [{ level: 'WARN' }, { severity: 'fatal' }, { severity: 'error' }])
    })

    it('is what was missed, after a restart as well, or that there is a gap', async () => {
        const one = browser('news')
        await publish('news', 1)
        one.disconnect()
        for (const n of [2, 3]) await publish('news', n)
        await restart()
        await publish('news', 4)
        one.connect(channels)
        assert.deepEqual(dataOf(one), [1, 2, 3, 4])
        one.disconnect()
        for (let n = 5; n < 30; n++) await publish('news', n)
        await restart()
        one.connect(channels)
        assert.deepEqual(one.log[4], { gap: 'news', reason: 'expired' })
        assert.deepEqual(
            dataOf(one).slice(4),
            Array.from({ length: 20 }, (_, i) => i + 10),
        )
    })

    it('is that there is a gap, where the store is another one', async () => {
        const one = browser('data')
        await publish('data', 1, 'a')
        one.disconnect()
        one.cursor = 'another.1'
        one.connect(channels)
        assert.deepEqual(one.log[1], { gap: 'data', reason: 'restarted' })
        assert.deepEqual(dataOf(one), [1, 1])
        one.disconnect()
        one.cursor = one.cursor!.replace(/\.\d+$/, '.1000')
        one.connect(channels)
        assert.deepEqual((one.log.at(-2) as { reason: string }).reason, 'restarted')
    })

    it('is the latest value alone, and a gap in what was lost, where a subscriber is slow; no more than the history is kept for it', async () => {
        const slow = browser('*')
        slow.mode = 'slow'
        await publish('news', 'first')
        for (let n = 0; n < 100; n++) {
            await publish('data', n, 'a')
            await publish('news', n)
        }
        assert.deepEqual(dataOf(slow), ['first'])
        slow.catchUp()
        assert.deepEqual(slow.log[1], { gap: 'news', reason: 'expired' })
        const after = slow.messages.slice(1)
        assert.deepEqual(
            after.filter(({ channel }) => channel === 'data').map(({ data }) => data),
            [99],
        )
        assert.deepEqual(
            after.filter(({ channel }) => channel === 'news').map(({ data }) => data),
            Array.from({ length: 20 }, (_, i) => i + 80),
        )
    })

    it('tells anew which alarms are active, after a gap and whenever somebody comes back', async () => {
        let active = [1]
        channels.provide('alarms', async () => active, new AbortController().signal)
        const slow = browser('alarms')
        await publish('alarms', 'a')
        slow.mode = 'slow'
        for (let n = 0; n < 30; n++) await publish('alarms', n)
        active = [2]
        slow.catchUp()
        await publish('alarms', 'last')
        assert.deepEqual([slow.active, dataOf(slow).at(-1)], [[2], 'last'])
        slow.disconnect()
        active = [3]
        slow.connect(channels)
        await publish('other', 1)
        assert.deepEqual(slow.active, [3])
    })

    it('is nothing of a message twice that two subscriptions have', async () => {
        const both = browser('*')
        await publish('news', 1)
        both.subscriber!.subscribe({ name: 'news', patterns: ['news'], severity: 0, since: `${both.cursor!.split('.')[0]}.0` })
        await publish('news', 2)
        assert.deepEqual(dataOf(both), [1, 2])
        assert.equal(both.subscriber!.unsubscribe('*'), true)
        await publish('news', 3)
        await publish('other', 4)
        assert.deepEqual(dataOf(both), [1, 2, 3])
    })

    it('ends for one that takes nothing for a minute', async () => {
        const [slow, fast] = [browser('*'), browser('*')]
        slow.mode = 'slow'
        await publish('news', 1)
        await clock.advanceAsync(59_000)
        assert.equal(channels.size, 2)
        await clock.advanceAsync(30_000)
        assert.equal(channels.size, 1)
        fast.disconnect()
        assert.equal(clock.pending, 0)
    })

    for (let seed = 1; seed <= 8; seed++)
        it(`is every message once and in order, or a gap, whatever happens (${seed})`, async () => {
            const chance = random(seed)
            const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!
            const published = new Map<string, number[]>()
            const browsers = ['news', 'logs', 'data', '*', 'news/*', 'alarms'].map(browser)
            for (let step = 0; step < 40; step++) {
                const burst = Array.from({ length: Math.floor(chance() * 12) }, async () => {
                    const channel = pick(['news', 'news/a', 'logs', 'data', 'alarms'])
                    const id = await publish(channel, chance(), channel === 'data' ? pick(['a', 'b', 'c']) : undefined)
                    published.set(channel, [...(published.get(channel) ?? []), id!])
                })
                await Promise.all(burst)
                if (chance() < 0.05) {
                    for (const each of browsers) each.disconnect()
                    await restart()
                }
                const one = pick(browsers)
                const what = chance()
                if (!one.subscriber) one.connect(channels)
                else if (what < 0.3) one.disconnect()
                else if (one.mode === 'half-open') continue
                else if (what < 0.5) one.mode = 'slow'
                else if (what < 0.7) one.catchUp()
                else if (what < 0.85) one.mode = 'half-open'
            }
            for (const one of browsers) {
                one.disconnect()
                one.connect(channels)
                checkTold(one, published)
            }
        })
})
