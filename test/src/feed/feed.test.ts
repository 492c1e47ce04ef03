import assert from 'node:assert/strict'
import { Feed, ReplayBuffer } from '../../../src/feed/index.ts'
import type { Frame, Sink } from '../../../src/feed/sink.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'
import { refused } from '../../support/refused.ts'

type Told = Frame & { n?: number; reason?: string; resumed?: boolean }

/** A reader that takes as much as a test lets it. */
class Pipe implements Sink {
    readonly told: Told[] = []
    /** Writes that it takes before it has to be asked. */
    room = Number.POSITIVE_INFINITY
    largest = 0
    kept = 0
    ended = 0
    #ready: (() => void) | undefined
    #gone: () => void = () => {}
    readonly format = JSON.stringify as (frame: Frame) => string

    write(frames: readonly string[]): boolean {
        this.largest = Math.max(this.largest, frames.join('').length)
        for (const frame of frames) {
            const { json, ...rest } = JSON.parse(frame) as Frame
            this.told.push({ ...rest, ...JSON.parse(json) })
        }
        return --this.room > 0
    }
    onReady(run: () => void): void {
        this.#ready = run
    }
    onGone(run: () => void): void {
        this.#gone = run
    }
    keepAlive(): void {
        this.kept++
    }
    end(): void {
        this.ended++
        this.leave()
    }
    leave(): void {
        this.#gone()
    }
    /** Takes so many more writes. */
    take(room = Number.POSITIVE_INFINITY): void {
        this.room = room
        const ready = this.#ready
        this.#ready = undefined
        ready?.()
    }
    get lastId(): string {
        return this.told.findLast(({ id }) => id)!.id!
    }
    get numbers(): (number | string)[] {
        return this.told.map(({ event, n }) => n ?? event)
    }
}

describe('a feed', () => {
    let clock: FakeClock
    let buffer: ReplayBuffer
    let feed: Feed
    beforeEach(() => begin({ most: 100, mostBytes: 1_000_000 }))
    const begin = (limits: { most: number; mostBytes: number }, mostReaders = 1000) => {
        clock = new FakeClock()
        buffer = new ReplayBuffer('e', limits)
        feed = new Feed({ buffer, mostReaders, clock })
    }
    const open = (lastId?: string, state?: string, room = Number.POSITIVE_INFINITY) => {
        const pipe = new Pipe()
        pipe.room = room
        feed.open(pipe, lastId, state)
        return pipe
    }
    const told = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const publish = async (event: string, n: number, key?: string) => {
        feed.publish(event, JSON.stringify({ n }), key)
        await told()
    }

    it('tells whoever is new the state and the latest, says so, and goes on with what comes', async () => {
        await publish('reading', 1, 'a')
        await publish('on', 2)
        await publish('reading', 3, 'a')
        await publish('reading', 4, 'b')
        const pipe = open(undefined, '{"power":"on"}')
        await publish('off', 5)
        assert.deepEqual(pipe.told, [
            { event: 'state', power: 'on' },
            { event: 'reading', n: 3 },
            { event: 'reading', n: 4 },
            { id: 'e-4', event: 'ready', resumed: false },
            { id: 'e-5', event: 'off', n: 5 },
        ])
    })

    it('tells whoever comes back what it has missed, once and in order, and no state', async () => {
        const gone = open()
        await publish('on', 1)
        gone.leave()
        await publish('off', 2)
        await publish('reading', 3, 'a')
        await publish('reading', 4, 'a')
        await publish('on', 5)
        const back = open(gone.lastId, '{"power":"on"}')
        await publish('off', 6)
        assert.deepEqual(back.numbers, [2, 4, 5, 'ready', 6])
        assert.equal(back.told[3]!.resumed, true)
        assert.equal(back.told[3]!.id, 'e-5')
    })

    it('says that there is a gap where what was missed is not kept any more, and tells the rest', async () => {
        begin({ most: 3, mostBytes: 1_000_000 })
        const gone = open()
        await publish('on', 1)
        gone.leave()
        for (let n = 2; n <= 6; n++) await publish('on', n)
        const back = open(gone.lastId, '{"power":"on"}')
        assert.deepEqual(back.numbers, ['gap', 'state', 4, 5, 6, 'ready'])
        assert.deepEqual([back.told[0]!.reason, back.told[0]!.id, back.told.at(-1)!.resumed], ['expired', 'e-3', false])
        assert.deepEqual(open('e-3').numbers, [4, 5, 6, 'ready'])
    })

    it('says that there is a gap for an id of another process, of the future, or that is none', async () => {
        await publish('on', 1)
        for (const id of ['f-1', 'e-2', 'e-1x', 'e--1', '__proto__', `e-${'1'.repeat(400)}`]) {
            const pipe = open(id)
            assert.deepEqual(pipe.numbers, ['gap', 1, 'ready'], id)
            assert.deepEqual([pipe.told[0]!.reason, pipe.told[2]!.resumed], ['restarted', false])
        }
    })

    it('tells a slow reader all events and only the latest readings, and delays nobody', async () => {
        const [slow, quick] = [open(), open()]
        slow.room = 1
        for (let n = 1; n <= 60; n++) await publish(n % 20 === 0 ? 'on' : 'reading', n, n % 20 === 0 ? undefined : 'a')
        assert.deepEqual(slow.numbers, ['ready', 1])
        assert.equal(quick.told.length, 61)
        slow.take()
        assert.deepEqual(slow.numbers, ['ready', 1, 20, 40, 59, 60])
        await publish('off', 61)
        assert.deepEqual(slow.numbers.at(-1), 61)
    })

    it('tells a slow reader of a gap where events went beyond the bound', async () => {
        begin({ most: 10, mostBytes: 1_000_000 })
        const slow = open()
        slow.room = 1
        for (let n = 1; n <= 30; n++) await publish('on', n)
        slow.take()
        assert.deepEqual(slow.numbers, ['ready', 1, 'gap', ...Array.from({ length: 10 }, (_, i) => 21 + i)])
    })

    it('hands over no more at once than a batch, and waits until that is taken', async () => {
        begin({ most: 10_000, mostBytes: 100_000_000 })
        for (let n = 1; n <= 400; n++) feed.publish('on', JSON.stringify({ n, text: 'x'.repeat(1000) }))
        await told()
        const slow = open('e-0', undefined, 1)
        assert.ok(slow.largest < 40_000, `${slow.largest}`)
        const before = slow.told.length
        assert.ok(before < 40)
        slow.take(1)
        assert.ok(slow.told.length > before && slow.told.length < 80)
        slow.take()
        assert.deepEqual(slow.numbers, [...Array.from({ length: 400 }, (_, i) => i + 1), 'ready'])
    })

    it('is told whole by whoever comes and goes at random, takes what it likes, and asks for what it missed', async () => {
        const rnd = random(7)
        begin({ most: 50, mostBytes: 1_000_000 })
        let pipe = open('e-0')
        const got: number[] = []
        let gaps = 0
        let n = 0
        for (let round = 0; round < 600; round++) {
            for (let i = Math.floor(rnd() * 4); i > 0; i--) {
                n++
                feed.publish(n % 3 === 0 ? 'on' : 'reading', JSON.stringify({ n }), n % 3 === 0 ? undefined : `k${n % 2}`)
            }
            await told()
            if (rnd() < 0.3) pipe.take(1 + Math.floor(rnd() * 3))
            if (rnd() < 0.1) {
                got.push(...pipe.told.flatMap(({ n }) => n ?? []))
                gaps += pipe.told.filter(({ event }) => event === 'gap').length
                pipe.leave()
                const lastId = pipe.told.length > 0 ? pipe.lastId : `e-${got.at(-1) ?? 0}`
                pipe = open(lastId, undefined, 1 + Math.floor(rnd() * 3))
            }
        }
        pipe.take()
        got.push(...pipe.told.flatMap(({ n }) => n ?? []))
        assert.ok(n > 500)
        assert.deepEqual(
            got,
            [...new Set(got)].sort((a, b) => a - b),
        )
        const events = Array.from({ length: n }, (_, i) => i + 1).filter((one) => one % 3 === 0)
        assert.equal(gaps, 0)
        assert.deepEqual(
            got.filter((one) => one % 3 === 0),
            events,
        )
        assert.deepEqual([buffer.after(0, n, 1e9).length, buffer.lost > 0], [buffer.size, true])
    })

    it('keeps no more messages and bytes than it may, whatever their keys are', () => {
        begin({ most: 100, mostBytes: 50_000 })
        for (let n = 0; n < 2000; n++) {
            feed.publish('reading', JSON.stringify({ n, text: 'é'.repeat(n % 500) }), n % 2 ? `key ${n}` : undefined)
            assert.ok(buffer.size <= 100 && buffer.bytes <= 50_000)
        }
        assert.ok(buffer.size > 20)
        assert.throws(() => feed.publish('on', JSON.stringify('x'.repeat(25_000))), refused(413, 'TOO_LARGE'))
        assert.ok(buffer.size > 20)
        buffer.limit({ most: 5, mostBytes: 50_000 })
        assert.equal(buffer.size, 5)
        for (let n = 0; n < 1000; n++) feed.publish('reading', '{}', 'a')
        assert.ok(buffer.size <= 5)
    })

    it('refuses names of events that are no names, or taken', () => {
        for (const name of ['', 'a b', 'a\nb', 'a\rdata: x', 'ready', 'gap', 'state', 'open', 'error', 'x'.repeat(101)])
            assert.throws(() => feed.publish(name, '{}'), refused(422, 'BAD_INPUT'))
    })

    it('shows that there is somebody every 15 seconds, and cuts off who takes nothing for a minute', async () => {
        const [slow, quick] = [open(), open()]
        slow.room = 1
        await publish('on', 1)
        clock.advance(30_000)
        assert.deepEqual([quick.kept, slow.kept, slow.ended], [2, 0, 0])
        clock.advance(30_000)
        assert.deepEqual([quick.kept, slow.ended, quick.ended, feed.readers], [4, 1, 0, 1])
        quick.leave()
        clock.advance(15_000)
        assert.deepEqual([feed.readers, clock.pending], [0, 0])
    })

    it('has as many readers as it may', () => {
        begin({ most: 10, mostBytes: 1e6 }, 2)
        open()
        feed.checkRoom()
        const second = open()
        assert.throws(() => feed.checkRoom(), refused(503, 'FULL'))
        second.leave()
        feed.checkRoom()
    })

    it('tells what was published last before it ends everybody, and goes on in the next one', async () => {
        const pipe = open()
        feed.publish('on', '{"n":1}')
        feed.close()
        assert.deepEqual([pipe.numbers, pipe.ended, clock.pending], [['ready', 1], 1, 0])
        feed = new Feed({ buffer, mostReaders: 10, clock })
        await publish('off', 2)
        assert.deepEqual(open(pipe.lastId).numbers, [2, 'ready'])
    })
})
