import type { Clock } from '../lib/index.ts'

/** Milliseconds after which a request that is still open is worth writing down: most are answered long before. */
const PATIENCE = 100

/** An instance that ends with the request it was started by. */
export interface RequestedRun {
    /** The node id of its socket. */
    socket: string
    instance: string
}

export interface RequestedRunsOptions {
    /** The node that started them. */
    node: string
    /** What nodes remember over a restart, by their ids. */
    states: { get(node: string): Promise<unknown>; put(node: string, state: unknown): Promise<void> }
    clock: Clock
    /** Ends one whose request is gone. */
    end(run: RequestedRun): Promise<unknown>
}

/** Remembers which instances end with their requests, for the case that this process ends before those do. */
export class RequestedRuns {
    readonly #o: RequestedRunsOptions
    readonly #kept = new Map<string, RequestedRun>()
    #isWriting = false
    #isStale = false

    constructor(options: RequestedRunsOptions) {
        this.#o = options
    }

    /** Ends those whose requests ended with a process before. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async load(): Promise<void> {
        const found = await this.#o.states.get(this.#o.node)
        const lost = (Array.isArray(found) ? (found as RequestedRun[]) : []).filter(({ instance }) => !this.#kept.has(instance))
        if (lost.length === 0) return
        await Promise.all(lost.map((run) => this.#o.end(run)))
        await this.#write()
    }

    /** @returns what to call once its request was answered or it has ended */
    add(run: RequestedRun): () => void {
        const cancel = this.#o.clock.after(PATIENCE, () => {
            this.#kept.set(run.instance, run)
            void this.#write()
        })
        return () => {
            cancel()
            if (this.#kept.delete(run.instance)) void this.#write()
        }
    }

    /** One at a time, each with all there is. */
    async #write(): Promise<void> {
        this.#isStale = true
        if (this.#isWriting) return
        this.#isWriting = true
        while (this.#isStale) {
            this.#isStale = false
            // The store says itself why it is away; the next change is written with this one.
            await this.#o.states.put(this.#o.node, [...this.#kept.values()]).catch(() => {})
        }
        this.#isWriting = false
    }
}
