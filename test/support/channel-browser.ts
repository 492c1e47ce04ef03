import assert from 'node:assert/strict'
import type { Channels } from '../../src/channels/channels.ts'
import type { Subscriber } from '../../src/channels/subscriber.ts'
import type { Frame, Sink } from '../../src/feed/index.ts'

interface Got {
    channel: string
    id: number
    key?: string
    data: any
}

/** A browser that remembers what it was told, and comes back with that. */
export class Browser implements Sink {
    readonly format = ({ json }: Frame) => json
    /** Messages, and the names of channels where a gap was told. */
    readonly log: (Got | { gap: string; reason: string })[] = []
    readonly pattern: string
    /** What it was told is active, at last. */
    active: unknown[] | undefined
    cursor: string | undefined
    isReady = false
    /** What becomes of what it is sent. */
    mode: 'takes' | 'slow' | 'half-open' = 'takes'
    subscriber: Subscriber | undefined
    #resume: (() => void) | undefined
    #gone: (() => void)[] = []

    constructor(pattern: string) {
        this.pattern = pattern
    }

    connect(channels: Channels): void {
        this.mode = 'takes'
        this.#gone = []
        this.#resume = undefined
        this.subscriber = channels.open(this)
        this.subscriber.subscribe({ name: this.pattern, patterns: [this.pattern], severity: 0, since: this.cursor })
    }

    disconnect(): void {
        this.subscriber = undefined
        for (const run of this.#gone.splice(0)) run()
    }

    write(frames: readonly string[]): boolean {
        if (this.mode !== 'half-open') for (const frame of frames) this.#take(JSON.parse(frame))
        return this.mode !== 'slow'
    }

    onReady(run: () => void): void {
        this.#resume = run
    }

    onGone(run: () => void): void {
        this.#gone.push(run)
    }

    catchUp(): void {
        this.mode = 'takes'
        const run = this.#resume
        this.#resume = undefined
        run?.()
    }

    end(): void {
        this.disconnect()
    }

    get messages(): Got[] {
        return this.log.filter((one): one is Got => 'id' in one)
    }

    #take(frame: any): void {
        if (frame.action === 'ready') {
            this.isReady = true
            this.cursor = frame.cursor
        } else if (frame.action === 'gap') this.log.push({ gap: frame.channel, reason: frame.reason })
        else if (frame.active) this.active = frame.data
        else if (!frame.action) {
            this.log.push(frame)
            if (this.isReady) this.cursor = `${this.cursor!.split('.')[0]}.${frame.id}`
        }
    }
}

/** Each message of the channels that keep all was told once, in its order, unless a gap was told in its place; of `data` the latest was. */
export function checkTold(browser: Browser, published: ReadonlyMap<string, number[]>): void {
    assert.ok(browser.isReady)
    for (const [channel, ids] of published) {
        const isMeant = browser.pattern.endsWith('*') ? channel.startsWith(browser.pattern.slice(0, -1)) : channel === browser.pattern
        const told = browser.messages.filter((one) => one.channel === channel)
        if (!isMeant) assert.deepEqual(told, [])
        else if (channel === 'data') checkLatest(told, ids)
        else checkAll(browser, channel, ids)
    }
}

function checkLatest(told: Got[], ids: readonly number[]): void {
    const order = told.map(({ id }) => id)
    assert.deepEqual(
        order,
        [...new Set(order)].sort((a, b) => a - b),
    )
    assert.equal(order.at(-1), ids.at(-1))
}

function checkAll(browser: Browser, channel: string, ids: readonly number[]): void {
    let next = 0
    let mayMiss = false
    for (const one of browser.log) {
        if ('gap' in one) mayMiss ||= one.gap === channel
        else if (one.channel === channel) {
            const place = ids.indexOf(one.id)
            assert.ok(place >= next, `${browser.pattern} was told ${one.id} of ${channel} twice, or out of order`)
            assert.ok(place === next || mayMiss, `${browser.pattern} missed ${ids.slice(next, place)} of ${channel}`)
            next = place + 1
            mayMiss = false
        }
    }
    assert.ok(next === ids.length || mayMiss, `${browser.pattern} missed ${ids.slice(next)} of ${channel}`)
}
