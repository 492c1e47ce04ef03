import { backoff, type Clock, pause } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import { type Callback, Deliveries, type Outcome, type Replier } from './deliveries.ts'
import type { Put } from './put.ts'
import type { CallbackRepository, CallbackRow } from './repository.ts'
import type { Target } from './target.ts'

/** How many undelivered answers there may be before no more callbacks are promised. */
const MOST = 100_000
/** The longest note of what was answered at once, in characters of JSON. */
const LONGEST_NOTE = 65_536

export interface CallbackParts {
    repository: CallbackRepository
    /** Resolves once the repository can be used for the first time. */
    ready: (signal: AbortSignal) => Promise<void>
    clock: Clock
    /** Makes an id that nobody can guess. */
    id: () => string
    put: Put
}

/**
 * The callbacks that are owed: whoever was promised one gets an answer, whatever becomes of the work, also over a kill.
 * It works while at least one node has joined.
 */
export class Callbacks {
    /** Resolves once everything that a former run left unanswered is being answered. Nothing kept may go on before. */
    readonly checked: Promise<void>
    readonly #parts: CallbackParts
    readonly #deliveries: Deliveries
    /** Promised by this run before it has looked for what others left. */
    readonly #fresh = new Set<string>()
    readonly #replying = new Set<string>()
    #users = 0
    #check: (() => void) | undefined

    constructor(parts: CallbackParts) {
        this.#parts = parts
        this.#deliveries = new Deliveries(parts)
        this.checked = new Promise((resolve) => {
            this.#check = resolve
        })
    }

    /** Takes part until the signal aborts. With the last to leave, deliveries stop within moments; the rows stay. */
    join(signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#users++ === 0) this.#start()
        signal.addEventListener('abort', () => this.#users-- === 1 && this.#halt.abort(), { once: true })
    }

    #halt = new AbortController()

    #start(): void {
        this.#halt = new AbortController()
        this.#deliveries.run(this.#halt.signal)
        void this.#run(this.#halt.signal)
    }

    async #run(signal: AbortSignal): Promise<void> {
        const { ready, repository, clock } = this.#parts
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                await ready(signal)
                if (this.#check) await this.#answerOrphans()
                const rows = await repository.ready()
                if (!signal.aborted) this.#deliveries.resume(rows)
                return
            } catch {
                // The store says itself why it is away.
                await pause(clock, backoff(tries), signal)
            }
        }
    }

    async #answerOrphans(): Promise<void> {
        const rows = await this.#parts.repository.orphans()
        await Promise.all(rows.filter(({ id }) => !this.#fresh.has(id)).map((row) => this.#interrupt(row)))
        this.#fresh.clear()
        this.#check?.()
        this.#check = undefined
    }

    /** Makes a failure the answer of work that was cut short. */
    #interrupt({ id, accepted }: CallbackRow): Promise<void> {
        const now = this.#parts.clock.now()
        const noted: unknown = JSON.parse(accepted ?? '{}')
        const body = JSON.stringify({ ...(noted as object), message: 'the run was interrupted by a restart' })
        return this.#parts.repository.update(id, { state: 'ready', body, nextAt: now, createdAt: now })
    }

    /**
     * Promises an answer. Resolves once that is kept.
     * @throws {@link Refusal} 503 when too many are undelivered or nothing can be kept
     */
    async open(node: string, target: Target): Promise<Callback> {
        const { repository, clock, id: makeId } = this.#parts
        if (this.#deliveries.size >= MOST) throw new Refusal(503, 'TOO_MANY', 'too many callbacks are still to be delivered')
        const id = makeId()
        const now = clock.now()
        if (this.#check) this.#fresh.add(id)
        const fate = { state: 'open', accepted: null, body: null, attempts: 0, nextAt: now, createdAt: now } as const
        await repository.add({ id, node, ...target, ...fate })
        return { id, ...target }
    }

    /** Notes what was answered at once, for the case that the work is cut short. It does not matter much, so that it never fails. */
    async accepted(id: string, payload: unknown): Promise<void> {
        if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return
        try {
            const accepted = JSON.stringify(payload)
            if (accepted.length <= LONGEST_NOTE) await this.#parts.repository.update(id, { accepted })
        } catch {
            // Then the answer goes without.
        }
    }

    /** Answers those that nothing will come of any more. */
    async abandon(ids: string[]): Promise<void> {
        const rows = await Promise.all(ids.map((id) => this.#parts.repository.get(id)))
        const open = rows.filter((row): row is CallbackRow => row?.state === 'open')
        await Promise.all(open.map((row) => this.#interrupt(row)))
        if (this.#users > 0) this.#deliveries.resume(open.map((row) => ({ ...row, nextAt: this.#parts.clock.now() })))
    }

    /**
     * Answers one, and resolves when the answer was delivered or given up. It is kept before it is sent; while the store is
     * away that is tried again, for the promise stands.
     * @param node the one that is told the outcome, should it come after a restart
     * @param body JSON
     * @throws {@link Refusal} 410 `CALLBACK_CLOSED` if it is unknown or was answered before
     */
    async reply(id: string, node: string, body: string, signal: AbortSignal): Promise<Outcome> {
        if (this.#replying.has(id)) throw closed()
        this.#replying.add(id)
        try {
            await this.#commit(id, node, body, signal)
        } finally {
            this.#replying.delete(id)
        }
        return this.#deliveries.deliver(id, node, signal)
    }

    async #commit(id: string, node: string, body: string, signal: AbortSignal): Promise<void> {
        const { repository, clock } = this.#parts
        for (let tries = 1; ; tries++) {
            try {
                const row = await repository.get(id)
                // An update that seemed to fail may have been kept.
                if (tries > 1 && row?.state === 'ready' && row.node === node && row.body === body) return
                if (row?.state !== 'open') throw closed()
                const now = clock.now()
                return await repository.update(id, { state: 'ready', body, node, attempts: 0, nextAt: now, createdAt: now })
            } catch (error) {
                if (!(error instanceof Refusal) || error.code !== 'STORE_UNAVAILABLE') throw error
                await pause(clock, backoff(tries), signal)
                signal.throwIfAborted()
            }
        }
    }

    /** Tells a node of the deliveries of its answers, until the signal aborts. */
    attach(node: string, replier: Replier, signal: AbortSignal): void {
        this.#deliveries.attach(node, replier, signal)
    }
}

const closed = () => new Refusal(410, 'CALLBACK_CLOSED', 'the callback was answered or given up before')
