import { afterTurn, badInput, type Clock, Refusal } from '../lib/index.ts'
import { BATCH, type Formatted, idOf, Reader } from './reader.ts'
import type { ReplayBuffer } from './replay-buffer.ts'
import type { Sink } from './sink.ts'

export interface FeedOptions {
    /** What is kept of it, which may outlive it. */
    buffer: ReplayBuffer
    /** Readers at once. */
    mostReaders: number
    clock: Clock
}

/** Milliseconds between two signs of life: proxies cut a connection that is silent for a minute, or for 30 seconds. */
const KEEP_ALIVE = 15_000
/** A reader that takes nothing for so long, in milliseconds, is gone. */
const STALLED = 60_000

/** What a feed tells itself, and what browsers would take for something else. */
const reserved = new Set(['ready', 'gap', 'state', 'open', 'error'])

/**
 * Tells any number of readers what is published, each as fast as it takes it. The latest messages are kept, so that a reader who comes back
 * with the id of the last frame it got is told what it has missed, or that not all of it is kept any more.
 *
 * Its frames: first `state`, if there is one, and the latest message of each key; `ready` once a reader is told everything that was there;
 * every message with its id; `gap` in the place of messages that are not kept any more.
 */
export class Feed {
    readonly #o: FeedOptions
    readonly #readers = new Set<Reader>()
    #isDue = false
    #cancel: (() => void) | undefined
    /** What was formatted while all readers are told, by format and place. */
    #formatted: Map<Sink['format'], Map<number, Formatted>> | undefined
    #changed: () => void = () => {}

    constructor(options: FeedOptions) {
        this.#o = options
    }

    get readers(): number {
        return this.#readers.size
    }

    /** Calls back whenever there are more readers, or fewer. */
    onReaders(run: () => void): void {
        this.#changed = run
    }

    /**
     * Tells all readers, at the end of this turn.
     * @param json an object as JSON
     * @param key of messages with the same key only the latest counts: others are neither kept, nor told to whoever is slow
     * @throws {@link Refusal} 422 `BAD_INPUT`, 413 `TOO_LARGE`
     */
    publish(event: string, json: string, key?: string): void {
        if (!/^[\w.:-]{1,100}$/.test(event)) throw badInput('event', 'must be 1 to 100 letters, digits, or any of _ . : -')
        if (reserved.has(event)) throw badInput('event', `must be none of ${[...reserved].join(', ')}`)
        this.#o.buffer.add(event, json, key)
        if (!this.#isDue) afterTurn(() => this.#tell())
        this.#isDue = true
    }

    /**
     * Lets somebody read, until its sink is gone.
     * @param lastId the id of the last frame that it got, if it was here before
     * @param state what one who is new, or has missed something, is told first: JSON of an object
     */
    open(sink: Sink, lastId: string | undefined, state: string | undefined): void {
        const { buffer, clock } = this.#o
        // What was published in this turn is told to those who were there.
        this.#tell()
        const reader = new Reader({ buffer, sink, clock, lastId, state, read: (...place) => this.#read(...place) })
        this.#readers.add(reader)
        sink.onGone(() => {
            this.#readers.delete(reader)
            this.#changed()
        })
        this.#changed()
        this.#cancel ??= clock.after(KEEP_ALIVE, () => this.#keepAlive())
    }

    /** @throws {@link Refusal} 503 `FULL` if nobody else may read */
    checkRoom(): void {
        const { mostReaders } = this.#o
        if (this.#readers.size >= mostReaders) throw new Refusal(503, 'FULL', `at most ${mostReaders} may read at once`)
    }

    /** Has all readers come back after a while. */
    close(): void {
        this.#tell()
        this.#cancel?.()
        for (const { sink } of [...this.#readers]) sink.end()
    }

    #tell(): void {
        this.#isDue = false
        this.#formatted = new Map()
        for (const reader of this.#readers) reader.proceed()
        this.#formatted = undefined
    }

    #read(from: number, to: number, format: Sink['format']): Formatted | undefined {
        const byPlace = this.#formatted?.get(format) ?? new Map<number, Formatted>()
        this.#formatted?.set(format, byPlace)
        const known = byPlace.get(from)
        if (known) return known
        const { buffer } = this.#o
        const found = buffer.after(from, to, BATCH)
        const last = found.at(-1)?.seq
        if (last === undefined) return undefined
        const frames = found.map(({ seq, event, json }) => format({ id: idOf(buffer, seq), event, json }))
        byPlace.set(from, { frames, last })
        return { frames, last }
    }

    #keepAlive(): void {
        this.#cancel = this.#readers.size > 0 ? this.#o.clock.after(KEEP_ALIVE, () => this.#keepAlive()) : undefined
        for (const { waiting, sink } of [...this.#readers]) {
            if (waiting >= STALLED) sink.end()
            else if (waiting === 0) sink.keepAlive?.()
        }
    }
}
