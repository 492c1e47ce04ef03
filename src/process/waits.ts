import { Agenda, backoff, type Clock, pause } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import { pack, unpack } from './parcel.ts'
import type { WaitRepository, WaitRow } from './repository.ts'

/** Messages that one node holds at the most. */
const MOST = 100_000

export interface WaitsOptions<M extends object> {
    /** The node that holds them. */
    node: string
    repository: WaitRepository
    clock: Clock
    newId(): string
    /** Sends on a message from before a restart. */
    release(message: M): void
    /** Called whenever there is another number of messages. */
    changed(): void
    log(text: string): void
    /** Ends all waiting; what is kept in the store goes on waiting there. */
    signal: AbortSignal
}

/** What is held: whoever brought it is told when it goes on; a message from before a restart has nobody left. */
interface Held<M> {
    message: M
    dueAt: number
    kept: boolean
    /** What it will answer in the end. */
    callback: string | null
    over: ((released: boolean) => void) | undefined
}

/** Messages that go on later: with one timer for all of them, and over restarts where they were kept. */
export class Waits<M extends object> {
    readonly #o: WaitsOptions<M>
    readonly #held = new Map<string, Held<M>>()
    readonly #agenda: Agenda<string>

    constructor(options: WaitsOptions<M>) {
        this.#o = options
        this.#agenda = new Agenda(options.clock, (id) => this.#due(id), {
            failed: (error) => options.log(`a message could not be sent on: ${error}`),
        })
        options.signal.addEventListener('abort', () => this.#agenda.clear())
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

    #resume({ id, dueAt, message, callback }: WaitRow): void {
        if (this.#held.has(id)) return
        try {
            this.#hold(id, { message: unpack(message) as M, dueAt, kept: true, callback, over: undefined })
        } catch (error) {
            this.#o.log(`a message that was waiting cannot be read and is dropped: ${error}`)
            this.#forget(id)
        }
    }

    /**
     * Keeps a message until its time comes; resolves once it is committed.
     * @param callback what it will answer in the end, if anything
     * @returns `over`, which resolves once it has gone on
     * @throws {@link Refusal} 422 `NOT_STORABLE`, 503 `TOO_MANY` or `STORE_UNAVAILABLE`
     */
    async keep(message: M, dueAt: number, callback: string | null): Promise<{ over: Promise<boolean> }> {
        this.#refuseIfFull()
        const { node, repository, newId, signal } = this.#o
        const id = newId()
        await repository.add({ id, node, dueAt, message: pack(message), callback })
        signal.throwIfAborted()
        return { over: this.#promise(id, { message, dueAt, kept: true, callback }) }
    }

    /**
     * Holds a message in memory only, for as long as somebody waits for it.
     * @param gone is told how to drop it: `over` gives false then
     * @throws {@link Refusal} 503 `TOO_MANY`
     */
    hold(message: M, dueAt: number, gone: (drop: () => void) => void): { over: Promise<boolean> } {
        this.#refuseIfFull()
        const id = this.#o.newId()
        const over = this.#promise(id, { message, dueAt, kept: false, callback: null })
        gone(() => this.#drop(id))
        return { over }
    }

    /** Forgets all of them for good. @returns the callbacks that nothing will come of now */
    async clear(): Promise<string[]> {
        const kept = [...this.#held].filter(([, held]) => held.kept)
        this.#held.clear()
        this.#agenda.clear()
        await Promise.all(kept.map(([id]) => this.#o.repository.remove(id)))
        return kept.flatMap(([, { callback }]) => callback ?? [])
    }

    #refuseIfFull(): void {
        if (this.#held.size >= MOST) throw new Refusal(503, 'TOO_MANY', `${MOST} messages are waiting already`)
    }

    #promise(id: string, held: Omit<Held<M>, 'over'>): Promise<boolean> {
        const { promise, resolve } = Promise.withResolvers<boolean>()
        this.#hold(id, { ...held, over: resolve })
        this.#o.changed()
        return promise
    }

    #hold(id: string, held: Held<M>): void {
        this.#held.set(id, held)
        this.#agenda.set(id, held.dueAt)
    }

    #drop(id: string): void {
        const held = this.#held.get(id)
        this.#held.delete(id)
        if (!this.#agenda.delete(id)) return
        held?.over?.(false)
        this.#o.changed()
    }

    #due(id: string): void {
        const held = this.#held.get(id)
        if (!held) return
        this.#held.delete(id)
        this.#o.changed()
        if (held.over) held.over(true)
        else this.#o.release(held.message)
        // Only now: killed before this, it goes on once more after the restart, rather than never.
        if (held.kept) this.#forget(id)
    }

    #forget(id: string, tries = 1): void {
        this.#o.repository.remove(id).catch(() => {
            if (!this.#o.signal.aborted) this.#o.clock.after(backoff(tries), () => this.#o.signal.aborted || this.#forget(id, tries + 1))
        })
    }
}
