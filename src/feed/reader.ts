import type { Clock } from '../lib/index.ts'
import type { ReplayBuffer } from './replay-buffer.ts'
import type { Frame, Sink } from './sink.ts'

export interface ReaderOptions {
    buffer: ReplayBuffer
    sink: Sink
    clock: Clock
    /** The id of the last frame that it got, if it was here before. */
    lastId: string | undefined
    /** What one who is new, or has missed something, is told first: JSON of an object. */
    state: string | undefined
    /** Gives what comes after one place and up to another, as much as is handed on at once; undefined if there is nothing. */
    read(from: number, to: number, format: Sink['format']): Formatted | undefined
}

/** Messages as they are written. */
export interface Formatted {
    frames: readonly string[]
    /** The place of the last of them. */
    last: number
}

/** Characters, about, that are handed to a sink at once. */
export const BATCH = 32_768

/**
 * Somebody who reads a feed. It has a place in the buffer and no queue: as long as its sink takes nothing, the buffer goes on without
 * it, and then it is told what is there.
 */
export class Reader {
    readonly #o: ReaderOptions
    /** It was told everything up to here, or that it was not. */
    #position: number
    /** Up to here one who is new is told the latest of each key only. */
    #newUntil: number
    #isResumed: boolean
    #isReady = false
    /** When its sink ceased to take more, in the clock's monotonic milliseconds. */
    #waitingSince: number | undefined

    constructor(options: ReaderOptions) {
        this.#o = options
        const { buffer, lastId } = options
        const place = lastId === undefined ? undefined : placeOf(buffer, lastId)
        this.#isResumed = place !== undefined && place >= buffer.lost
        this.#newUntil = lastId === undefined ? buffer.last : 0
        this.#position = lastId === undefined ? 0 : Math.max(place ?? 0, buffer.lost)
        if (lastId !== undefined && !this.#isResumed) this.#write([this.#gap(place === undefined ? 'restarted' : 'expired')])
        if (!this.#isResumed && options.state !== undefined) this.#write([{ event: 'state', json: options.state }])
        this.proceed()
    }

    /** For how long its sink has taken nothing, in milliseconds. */
    get waiting(): number {
        return this.#waitingSince === undefined ? 0 : this.#o.clock.monotonic() - this.#waitingSince
    }

    get sink(): Sink {
        return this.#o.sink
    }

    /** Hands its sink what there is for it, as far as that takes it. */
    proceed(): void {
        while (this.#waitingSince === undefined && this.#step());
    }

    /** @returns whether there was anything to do */
    #step(): boolean {
        if (this.#newUntil > 0) return this.#introduce()
        const { buffer, sink, read } = this.#o
        if (buffer.lost > this.#position) {
            this.#position = buffer.lost
            this.#isResumed = false
            return this.#write([this.#gap('expired')])
        }
        const found = read(this.#position, buffer.last, sink.format)
        if (found) {
            this.#position = found.last
            return this.#hand(found.frames)
        }
        return !this.#isReady && this.#ready()
    }

    /** Tells one who is new the latest of each key. Only the frame after that has an id: who leaves before begins anew. */
    #introduce(): boolean {
        const found = this.#o.buffer.after(this.#position, this.#newUntil, BATCH, ({ key }) => key !== undefined)
        const last = found.at(-1)?.seq
        if (last !== undefined) {
            this.#position = last
            return this.#write(found.map(({ event, json }) => ({ event, json })))
        }
        this.#position = this.#newUntil
        this.#newUntil = 0
        return this.#ready()
    }

    #ready(): boolean {
        this.#isReady = true
        return this.#write([{ id: this.#id, event: 'ready', json: JSON.stringify({ resumed: this.#isResumed }) }])
    }

    #gap(reason: 'restarted' | 'expired'): Frame {
        return { id: this.#id, event: 'gap', json: JSON.stringify({ reason }) }
    }

    get #id(): string {
        return idOf(this.#o.buffer, this.#position)
    }

    #write(frames: Frame[]): true {
        return this.#hand(frames.map(this.#o.sink.format))
    }

    #hand(frames: readonly string[]): true {
        const { sink, clock } = this.#o
        if (sink.write(frames) || this.#waitingSince !== undefined) return true
        this.#waitingSince = clock.monotonic()
        sink.onReady(() => {
            this.#waitingSince = undefined
            this.proceed()
        })
        return true
    }
}

/** The id of the message at a place. */
export const idOf = ({ epoch }: ReplayBuffer, seq: number): string => `${epoch}-${seq}`

/** Undefined for an id that this buffer has not given. */
function placeOf({ epoch, last }: ReplayBuffer, id: string): number | undefined {
    const [, of, digits] = /^(\w{1,64})-(\d{1,15})$/.exec(id) ?? []
    return of === epoch && Number(digits) <= last ? Number(digits) : undefined
}
