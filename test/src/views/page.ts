import assert from 'node:assert/strict'
import type { ViewFormat } from '../../../src/views/format.ts'
import type { ViewEvent } from '../../../src/views/view-event.ts'
import type { Subscriber } from '../../../src/views/viewer.ts'

/** Every event as JSON. */
export const plain: ViewFormat = { whole: false, frames: (event) => [JSON.stringify(event)] }

/** What a page makes of the events of a view: written from the description of the events, not from what sends them. */
export class Page {
    order: string[] = []
    readonly rows = new Map<string, Record<string, unknown>>()
    columns: string[] = []
    total = 0
    epoch = ''
    seq = 0
    /** What it was told, by kind. */
    readonly heard: ViewEvent[] = []

    take(event: ViewEvent): void {
        this.heard.push(event)
        if (event.kind === 'snapshot') this.#begin(event)
        else this.#step(event)
    }

    #step(event: Exclude<ViewEvent, { kind: 'snapshot' }>): void {
        assert.equal(event.seq, this.seq + 1, `a gap: ${JSON.stringify(event)}`)
        this.seq = event.seq
        if (event.kind === 'upsert') this.#upsert(event)
        else if (event.kind === 'remove') {
            assert.ok(this.rows.delete(event.id), `${event.id} is not there`)
            this.order.splice(this.order.indexOf(event.id), 1)
        } else if (event.kind === 'move') {
            const at = this.order.indexOf(event.id)
            assert.ok(at !== -1, `${event.id} is not there`)
            this.order.splice(at, 1)
            this.order.splice(event.index, 0, event.id)
        } else if (event.kind === 'count') this.total = event.total
        else this.columns = event.columns
    }

    #begin(event: Extract<ViewEvent, { kind: 'snapshot' }>): void {
        this.seq = event.seq
        this.total = event.total
        this.columns = event.columns
        if (event.recovered) {
            assert.equal(event.epoch, this.epoch)
            return
        }
        this.epoch = event.epoch
        this.order = event.rows.map(({ id }) => id)
        this.rows.clear()
        for (const { id, columns } of event.rows) this.rows.set(id, { ...columns })
    }

    #upsert({ id, patch, index, isNew }: Extract<ViewEvent, { kind: 'upsert' }>): void {
        assert.equal(isNew, !this.rows.has(id), `${id} is ${isNew ? 'there already' : 'not there'}`)
        if (isNew) {
            assert.ok(index !== undefined && index <= this.order.length)
            this.order.splice(index, 0, id)
            this.rows.set(id, { ...patch })
        } else Object.assign(this.rows.get(id)!, patch)
    }
}

/** A connection to a page, which may be stuck. */
export class Line implements Subscriber {
    readonly page: Page
    /** Frames that it still takes. */
    room = Number.POSITIVE_INFINITY
    refused = 0
    frames = 0
    readonly #waiting: (() => void)[] = []

    constructor(page = new Page()) {
        this.page = page
    }

    send(frames: readonly string[]): boolean {
        if (this.room <= 0) {
            this.refused++
            return false
        }
        this.room -= frames.length
        this.frames += frames.length
        for (const frame of frames) this.page.take(JSON.parse(frame))
        return true
    }

    onDrain(run: () => void): void {
        this.#waiting.push(run)
    }

    /** Makes room, and says so to those who wait for it. */
    clear(room = Number.POSITIVE_INFINITY): void {
        this.room = room
        for (const run of this.#waiting.splice(0)) run()
    }

    get isWaitedFor(): boolean {
        return this.#waiting.length > 0
    }
}
