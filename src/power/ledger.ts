import { backoff, type Clock, Refusal } from '../lib/index.ts'
import { Backlog } from './backlog.ts'
import type { PowerChange, PowerRepository, SocketRow } from './repository.ts'

interface Held {
    change: PowerChange
    kept: PromiseWithResolvers<void>
}

/** Facts that are on their way to the store one by one; what comes while so many are is put together. */
const MOST_UNDER_WAY = 200

export interface LedgerOptions {
    repository: PowerRepository
    socket: string
    /** What is to be remembered of the socket as of now. */
    row(): SocketRow
    clock: Clock
    signal: AbortSignal
    log(text: string): void
    /** Facts that a socket before this one could not write down. */
    backlog?: Backlog | undefined
}

/**
 * Writes down what happened to one socket. What has happened stays true when it cannot be kept now:
 * facts are tried again, in order, until they are. None is dropped, however many there are.
 */
export class Ledger {
    readonly #o: LedgerOptions
    readonly #backlog: Backlog
    #latest: Promise<void> = Promise.resolve()
    #underWay = 0
    /** Whether the store could not take what it was given last. */
    #failing = false
    /** How many failed since it was last tried. */
    #failed = 0
    /** Settles once nothing waits any more, or cannot be kept now. */
    #drained: PromiseWithResolvers<void> | undefined
    /** Intentions that wait for what happened before them. */
    #intentions = 0
    /** What happened after those: a run must not be ended before it is there. */
    #held: Held[] = []
    #tries = 0
    #writing = false
    #cancel: (() => void) | undefined

    constructor(options: LedgerOptions) {
        this.#o = options
        this.#backlog = options.backlog ?? new Backlog()
        options.signal.addEventListener('abort', () => this.#cancel?.())
    }

    /** Whether facts wait for a store that cannot take them. */
    get behind(): boolean {
        return this.#failing
    }

    /** What is not written down yet, for whoever comes after this socket; undefined if nothing is left. */
    get rest(): Backlog | undefined {
        return this.behind || this.#drained || this.#underWay > 0 ? this.#backlog : undefined
    }

    /** Writes down what a socket before this one has left. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async takeUp(): Promise<void> {
        if (this.#backlog.size === 0) return
        this.#failing = true
        if (!this.#writing) {
            this.#cancel?.()
            this.#cancel = undefined
            await this.#write()
        }
        if (this.behind) throw behind()
    }

    /** How many times the socket went on or off that have yet to be kept. */
    get eventsBehind(): number {
        return this.#held.reduce((count, { change }) => count + (change.events?.length ?? 0), this.#backlog.events)
    }

    /** The ids of instances of which it has yet to be kept that they stopped. */
    get stopsBehind(): string[] {
        return [...this.#backlog.stops, ...this.#held.flatMap(({ change }) => change.stopped?.ids ?? [])]
    }

    /** Resolves once every fact so far is kept. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` when some have to wait */
    async settled(): Promise<void> {
        await this.#held.at(-1)?.kept.promise
        await this.#latest
        await this.#drained?.promise
        if (this.behind) throw behind()
    }

    /** Keeps an intention: if this fails, it is as if it had never been. */
    async intend(change: PowerChange): Promise<void> {
        if (this.behind) throw behind()
        await (this.#drained ? this.#intendLater(this.#drained.promise, change) : this.#o.repository.commit(this.#o.socket, change))
    }

    async #intendLater(drained: Promise<void>, change: PowerChange): Promise<void> {
        this.#intentions++
        let kept: Promise<void> | undefined
        try {
            await drained
            kept = this.#o.repository.commit(this.#o.socket, change)
        } finally {
            if (--this.#intentions === 0)
                for (const { change, kept } of this.#held.splice(0)) this.#keep(change).then(kept.resolve, kept.reject)
        }
        await kept
    }

    /**
     * Keeps a fact. Rejects when it could not be kept at once; it is kept later all the same.
     */
    fact(change: PowerChange): Promise<void> {
        if (this.#intentions === 0) return this.#keep(change)
        const kept = waiting()
        this.#held.push({ change, kept })
        return kept.promise
    }

    async #keep(change: PowerChange): Promise<void> {
        if (this.behind) {
            this.#backlog.add(change)
            throw behind()
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
        if (this.#writing || !this.behind || this.#o.signal.aborted) return
        this.#cancel?.()
        this.#cancel = undefined
        void this.#write()
    }

    /** Has it written together with others, behind what is under way. */
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
        this.#drained?.reject(behind())
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
        if (this.#o.signal.aborted) this.#drained?.reject(behind())
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

const behind = () => new Refusal(503, 'STORE_UNAVAILABLE', 'the store has yet to take what happened before')

/** Whoever waits hears what became of it; perhaps nobody does. */
function waiting(): PromiseWithResolvers<void> {
    const resolvers = Promise.withResolvers<void>()
    resolvers.promise.catch(() => {})
    return resolvers
}
