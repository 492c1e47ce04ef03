import { Agenda, type Budget, backoff, type Clock, pause, Refusal, turn } from '../lib/index.ts'
import type { Keeping } from './keeping.ts'
import { pack, unpack } from './parcel.ts'
import type { WaitEntry, WaitRepository } from './repository.ts'

/** Messages that one node holds at the most. */
const MOST = 100_000
/** What is read back at the same time: so many messages, and no more once they have so many bytes. */
const BATCH = 64
const BATCH_BYTES = 1_048_576
/** How long closing waits for what is being written, in milliseconds. */
const LAST_CHANCE = 700

export interface WaitsOptions<M extends object> {
    /** The node that holds them. */
    node: string
    repository: WaitRepository
    keeping: Keeping
    /** Of the process: for what only memory holds. */
    memory: Budget
    clock: Clock
    newId(): string
    /** Sends on a message that was kept. */
    release(message: M): void
    /** Is told the callbacks of messages that cannot be read back. */
    lost(callbacks: string[]): void
    /** Called whenever there is another number of messages. */
    changed(): void
    log(text: string): void
    /** Ends all waiting; what is kept in the store goes on waiting there. */
    signal: AbortSignal
}

/** What memory has of a message: all of it only while somebody waits for it. */
interface Held {
    dueAt: number
    bytes: number
    callback: string | null
    over?: (released: boolean) => void
}

/** Messages that go on later: with one timer for all of them, and over restarts where they were kept. */
export class Waits<M extends object> {
    readonly #o: WaitsOptions<M>
    readonly #held = new Map<string, Held>()
    readonly #agenda: Agenda<string>
    /** What is due and has to be read back, soonest first. */
    #due: string[] = []
    #isReading = false
    readonly #writing = new Set<Promise<unknown>>()

    constructor(options: WaitsOptions<M>) {
        this.#o = options
        this.#agenda = new Agenda(options.clock, (id) => this.#ripe(id), {
            failed: (error) => options.log(`a message could not be sent on: ${error}`),
        })
        options.signal.addEventListener('abort', () => this.#empty())
    }

    get size(): number {
        return this.#held.size
    }

    /** Milliseconds until the next one goes on; undefined if none waits. */
    get left(): number | undefined {
        return this.#agenda.left
    }

    /** Takes up what was kept before a restart, as soon as the store can be read. */
    async load(): Promise<void> {
        const { repository, node, clock, signal, changed } = this.#o
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                const rows = await repository.waits(node)
                if (signal.aborted) return
                for (const row of rows) this.#resume(row)
                return changed()
            } catch {
                // The store says itself why it is away.
                await pause(clock, backoff(tries), signal)
            }
        }
    }

    #resume({ id, dueAt, callback, bytes }: WaitEntry): void {
        if (this.#held.has(id)) return
        if (this.#o.keeping.gone.has(id)) this.#forget([id])
        else {
            this.#o.keeping.bytes.add(bytes)
            this.#hold(id, { dueAt, callback, bytes })
        }
    }

    /**
     * Keeps a message until its time comes, in the store alone; resolves once it is committed. It is {@link WaitsOptions.release}d then.
     * @param callback what it will answer in the end, if anything
     * @throws {@link Refusal} 422 `NOT_STORABLE`, 503 `TOO_MANY` or `STORE_UNAVAILABLE`
     */
    async keep(message: M, dueAt: number, callback: string | null): Promise<void> {
        this.#refuseIfFull()
        const { node, repository, newId, keeping, memory, signal } = this.#o
        const text = pack(message)
        const bytes = text.length
        if (!memory.take(bytes)) throw tooMany('what is being written takes all the memory there is for it', 'again in a moment')
        if (!keeping.bytes.take(bytes)) {
            memory.give(bytes)
            throw tooMany(`the messages that wait take ${megabytes(keeping.bytes.most)} in the store already`, AGAIN)
        }
        const id = newId()
        try {
            await this.#settling(repository.add({ id, node, dueAt, message: text, callback }))
        } catch (error) {
            keeping.bytes.give(bytes)
            throw error
        } finally {
            memory.give(bytes)
        }
        if (signal.aborted) keeping.bytes.give(bytes)
        else this.#hold(id, { dueAt, callback, bytes })
        this.#o.changed()
    }

    /**
     * Holds a place in memory for a message that its caller keeps.
     * @param bytes what that takes, about
     * @param gone is told how to end it early
     * @returns resolves with true when the time has come, with false if it was ended
     * @throws {@link Refusal} 503 `TOO_MANY`
     */
    hold(bytes: number, dueAt: number, gone: (drop: () => void) => void): Promise<boolean> {
        this.#refuseIfFull()
        const { memory, newId, changed } = this.#o
        if (!memory.take(bytes))
            throw tooMany(
                `requests that wait for their answer take ${megabytes(memory.most)} of memory already`,
                'again later, or ask for a callback',
            )
        const id = newId()
        const { promise, resolve } = Promise.withResolvers<boolean>()
        this.#hold(id, { dueAt, callback: null, bytes, over: resolve })
        gone(() => {
            if (this.#leave(id)) resolve(false)
        })
        changed()
        return promise
    }

    /** Forgets all of them for good. @returns the callbacks that nothing will come of now */
    async clear(): Promise<string[]> {
        const { repository, node } = this.#o
        this.#empty()
        const rows = await repository.waits(node)
        await repository.remove(rows.map(({ id }) => id))
        return rows.flatMap(({ callback }) => callback ?? [])
    }

    /** Resolves once what is being written is in the store, or has had its time: whoever loads next would miss it otherwise. */
    async settled(): Promise<void> {
        const over = new AbortController()
        await Promise.race([Promise.allSettled(this.#writing), pause(this.#o.clock, LAST_CHANCE, over.signal)])
        over.abort()
    }

    #empty(): void {
        this.#agenda.clear()
        this.#due = []
        for (const id of this.#held.keys()) this.#leave(id)
    }

    #refuseIfFull(): void {
        if (this.#held.size >= MOST) throw tooMany(`${MOST} messages are waiting already`, AGAIN)
    }

    #hold(id: string, held: Held): void {
        this.#held.set(id, held)
        this.#agenda.set(id, held.dueAt)
    }

    #leave(id: string): Held | undefined {
        const held = this.#held.get(id)
        if (!held) return undefined
        this.#held.delete(id)
        this.#agenda.delete(id)
        const { memory, keeping, changed } = this.#o
        const budget = held.over ? memory : keeping.bytes
        budget.give(held.bytes)
        changed()
        return held
    }

    #ripe(id: string): void {
        const over = this.#held.get(id)?.over
        if (over) {
            this.#leave(id)
            over(true)
        } else {
            this.#due.push(id)
            if (!this.#isReading) void this.#read()
        }
    }

    /** Reads back what is due and sends it on, a few at a time: all that was overdue at a start would not fit in memory. */
    async #read(): Promise<void> {
        const { repository, clock, signal } = this.#o
        this.#isReading = true
        // What falls due in the same turn is read together.
        await turn()
        for (let tries = 1; this.#due.length > 0 && !signal.aborted; ) {
            // Only one after something went wrong: it may be this one that cannot be read.
            const ids = tries > 1 ? this.#due.slice(0, 1) : this.#batch()
            try {
                const texts = await repository.messages(ids)
                if (signal.aborted) break
                this.#due.splice(0, ids.length)
                this.#release(ids, texts)
                tries = 1
                await turn()
            } catch (error) {
                if (tries > 1 && !isAway(error)) this.#unreadable(this.#due.shift()!, error)
                else if (isAway(error)) await pause(clock, backoff(tries), signal)
                tries++
            }
        }
        this.#isReading = false
    }

    #batch(): string[] {
        const ids: string[] = []
        for (let bytes = 0; ids.length < BATCH && bytes < BATCH_BYTES && ids.length < this.#due.length; ) {
            const id = this.#due[ids.length]!
            ids.push(id)
            bytes += this.#held.get(id)?.bytes ?? 0
        }
        return ids
    }

    #release(ids: string[], texts: Map<string, string>): void {
        const gone: string[] = []
        for (const id of ids) {
            if (!this.#held.has(id)) continue
            try {
                const message = unpack(texts.get(id)) as M
                this.#leave(id)
                gone.push(id)
                this.#o.release(message)
            } catch (error) {
                this.#unreadable(id, error)
            }
        }
        // Only now: killed before this, they go on once more after the restart, rather than never.
        if (gone.length > 0) this.#forget(gone)
    }

    #unreadable(id: string, error: unknown): void {
        const held = this.#leave(id)
        const reason = error instanceof Error ? error.message : error
        this.#o.log(
            held ? `a message that was waiting cannot be read and is dropped: ${reason}` : `a message that had waited failed: ${reason}`,
        )
        if (!held) return
        if (held.callback) this.#o.lost([held.callback])
        this.#forget([id])
    }

    #forget(ids: string[], tries = 1): void {
        const { repository, keeping, clock, signal } = this.#o
        for (const id of ids) keeping.gone.add(id)
        this.#settling(repository.remove(ids)).then(
            () => {
                for (const id of ids) keeping.gone.delete(id)
            },
            () => {
                if (!signal.aborted) clock.after(backoff(tries), () => signal.aborted || this.#forget(ids, tries + 1))
            },
        )
    }

    #settling<T>(writing: Promise<T>): Promise<T> {
        this.#writing.add(writing)
        const end = () => this.#writing.delete(writing)
        writing.then(end, end)
        return writing
    }
}

const AGAIN = 'again when some of them have gone on'

const tooMany = (what: string, way: string) => new Refusal(503, 'TOO_MANY', `${what}: try ${way}`)

const megabytes = (bytes: number) => `${Math.floor(bytes / 1_048_576)} MB`

const isAway = (error: unknown): boolean => error instanceof Refusal && error.code === 'STORE_UNAVAILABLE'
