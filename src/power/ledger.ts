import { backoff, type Clock, Refusal } from '../lib/index.ts'
import { Backlog } from './backlog.ts'
import type { PowerChange, PowerRepository, SocketRow } from './repository.ts'

interface Held {
    change: PowerChange
    kept: PromiseWithResolvers<void>
}

/** Changes that are written one by one at the same time; what comes on top of them is put together. */
const MOST_UNDER_WAY = 200

export interface LedgerOptions {
    repository: PowerRepository
    socket: string
    /** What is to be remembered of the socket as of now. */
    row(): SocketRow
    clock: Clock
    signal: AbortSignal
    log(text: string): void
    /** What the socket of this id before this one could not write. */
    backlog?: Backlog | undefined
}

/**
 * Writes the changes of one socket. What has happened is appended: while the store cannot take it, it is tried again, in order, and none is
 * dropped. What is yet to happen is committed: if it cannot be written now, it does not happen.
 */
export class Ledger {
    readonly #o: LedgerOptions
    readonly #backlog: Backlog
    #latest: Promise<void> = Promise.resolve()
    #underWay = 0
    /** Whether the store could not take what it was given last. */
    #failing = false
    /** How many were put back since it was last tried. */
    #failed = 0
    /** Settles once nothing waits any more, or cannot be kept now. */
    #drained: PromiseWithResolvers<void> | undefined
    /** Commits that wait for what was appended before them. */
    #waiting = 0
    /** What was appended after those: an instance must not end before it is there. */
    #held: Held[] = []
    #tries = 0
    #writing = false
    #cancel: (() => void) | undefined

    constructor(options: LedgerOptions) {
        this.#o = options
        this.#backlog = options.backlog ?? new Backlog()
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** Whether changes wait for a store that cannot take them. */
    get isBehind(): boolean {
        return this.#failing
    }

    /** What the next socket of this id has to write; undefined if nothing is left. */
    get unwritten(): Backlog | undefined {
        return this.isBehind || this.#drained || this.#underWay > 0 ? this.#backlog : undefined
    }

    /** Writes what the socket before this one has left. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async writeLeft(): Promise<void> {
        if (this.#backlog.size === 0) return
        this.#failing = true
        if (!this.#writing) {
            this.#cancel?.()
            this.#cancel = undefined
            await this.#write()
        }
        if (this.isBehind) throw unavailable()
    }

    /** How many times the socket went on or off that have yet to be kept. */
    get eventsBehind(): number {
        return this.#held.reduce((count, { change }) => count + (change.events?.length ?? 0), this.#backlog.events)
    }

    /** The ids of instances of which it has yet to be kept that they stopped. */
    get stopsBehind(): string[] {
        return [...this.#backlog.stops, ...this.#held.flatMap(({ change }) => change.stopped?.ids ?? [])]
    }

    /** Resolves once all that was appended is written. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` when some have to wait */
    async written(): Promise<void> {
        await this.#held.at(-1)?.kept.promise
        await this.#latest
        await this.#drained?.promise
        if (this.isBehind) throw unavailable()
    }

    /** Writes a change now, after all that was appended before; when this fails, it does not happen. */
    async commit(change: PowerChange): Promise<void> {
        if (this.isBehind) throw unavailable()
        await (this.#drained ? this.#commitLater(this.#drained.promise, change) : this.#o.repository.commit(this.#o.socket, change))
    }

    async #commitLater(drained: Promise<void>, change: PowerChange): Promise<void> {
        this.#waiting++
        let kept: Promise<void> | undefined
        try {
            await drained
            kept = this.#o.repository.commit(this.#o.socket, change)
        } finally {
            if (--this.#waiting === 0)
                for (const { change, kept } of this.#held.splice(0)) this.#keep(change).then(kept.resolve, kept.reject)
        }
        await kept
    }

    /** Writes what has happened. Rejects when it could not be written at once; it is written later all the same. */
    append(change: PowerChange): Promise<void> {
        if (this.#waiting === 0) return this.#keep(change)
        const kept = waiting()
        this.#held.push({ change, kept })
        return kept.promise
    }

    async #keep(change: PowerChange): Promise<void> {
        if (this.isBehind) {
            this.#backlog.add(change)
            throw unavailable()
        }
        if (this.#drained || this.#underWay >= MOST_UNDER_WAY || Backlog.isLarge(change)) return this.#putOff(change)
        this.#underWay++
        const kept = this.#o.repository.commit(this.#o.socket, change)
        this.#latest = kept.catch(() => {})
        try {
            await kept
        } catch (error) {
            this.#backlog.putBack(change, this.#failed++)
            this.#fail()
            throw error
        } finally {
            if (--this.#underWay === 0 && this.#drained && !this.#failing) void this.#write()
        }
    }

    /** Tries again now: the store has come back. */
    now(): void {
        if (this.#writing || !this.isBehind || this.#o.signal.aborted) return
        this.#cancel?.()
        this.#cancel = undefined
        void this.#write()
    }

    /** Has it written together with others, after what is being written. */
    #putOff(change: PowerChange): Promise<void> {
        this.#backlog.add(change)
        if (!this.#drained) {
            this.#drained = waiting()
            if (this.#underWay === 0) void this.#write()
        }
        return this.#drained.promise
    }

    #fail(): void {
        this.#failing = true
        this.#drained?.reject(unavailable())
        this.#drained = undefined
        if (this.#cancel || this.#writing || this.#o.signal.aborted) return
        this.#cancel = this.#o.clock.after(backoff(++this.#tries), () => this.now())
    }

    async #write(): Promise<void> {
        this.#writing = true
        this.#failed = 0
        let failed = false
        while (!failed && this.#backlog.size > 0 && !this.#o.signal.aborted) failed = !(await this.#writeSome())
        this.#writing = false
        if (failed) return this.#fail()
        if (this.#backlog.thinned) this.#o.log('the plug went on and off more often than could be kept while the store was away')
        this.#backlog.thinned = false
        this.#failing = false
        this.#tries = 0
        if (this.#o.signal.aborted) this.#drained?.reject(unavailable())
        else this.#drained?.resolve()
        this.#drained = undefined
    }

    /** @returns whether the store took it. While it takes nothing, one is enough to see that. */
    async #writeSome(): Promise<boolean> {
        const { repository, socket, row } = this.#o
        const changes = this.#backlog.take(this.#failing ? 1 : undefined)
        // Something later may have been kept before it; what is remembered of the socket must not go back.
        const kept = await Promise.allSettled(
            changes.map((change) => repository.commit(socket, change.socket ? { ...change, socket: row() } : change)),
        )
        for (const [i, { status }] of kept.entries()) if (status === 'rejected') this.#backlog.putBack(changes[i]!, this.#failed++)
        if (this.#failed > 0) return false
        // What comes from here on waits for its turn.
        if (this.#failing) this.#drained = waiting()
        this.#failing = false
        return true
    }
}

const unavailable = () => new Refusal(503, 'STORE_UNAVAILABLE', 'the store has yet to take what happened before')

/** Whoever waits for it is told; if nobody does, the error must not go unhandled. */
function waiting(): PromiseWithResolvers<void> {
    const resolvers = Promise.withResolvers<void>()
    resolvers.promise.catch(() => {})
    return resolvers
}
