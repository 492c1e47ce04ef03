import { backoff, type Clock, messageOf, pause, Refusal } from '../lib/index.ts'
import { type Callback, Deliveries, type Outcome, type Replier } from './deliveries.ts'
import type { Guard } from './guard.ts'
import type { Put } from './put.ts'
import { Quota } from './quota.ts'
import type { CallbackEntry, CallbackRepository, CallbackRow } from './repository.ts'
import type { Target } from './target.ts'

/** The longest note of what was answered at once, in characters of JSON. */
const LONGEST_NOTE = 65_536
/** How long after a deploy somebody may still turn out to work on what was promised before it, in milliseconds. */
const GRACE = 5000

export interface CallbackParts {
    repository: CallbackRepository
    /** Resolves once the repository can be used for the first time. */
    ready: (signal: AbortSignal) => Promise<void>
    clock: Clock
    /** Makes an id that nobody can guess. */
    id: () => string
    put: Put
    /** Says where no callback goes. */
    guard: Guard
    /** Calls back after each deploy, be it of a few nodes, until the signal aborts. */
    onDeployed(listener: () => void, signal: AbortSignal): void
    /** The ids of the callbacks that a node of ours is working on. */
    inHand(): Set<string>
    log(text: string): void
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
    /** Being answered: by the flow, or with a failure because nobody else will. */
    readonly #answering = new Set<string>()
    readonly #quota = new Quota()
    #users = 0
    #deploys = 0
    #check: (() => void) | undefined

    constructor(parts: CallbackParts) {
        this.#parts = parts
        this.#deliveries = new Deliveries({ ...parts, removed: (id) => this.#quota.remove(id) })
        this.checked = new Promise((resolve) => {
            this.#check = resolve
        })
    }

    /** Where no callback goes. */
    get guard(): Guard {
        return this.#parts.guard
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
        const { signal } = this.#halt
        this.#deliveries.run(signal)
        void this.#patiently(() => this.#takeUp(signal), signal)
        // The first deploy is the one that this was made in.
        this.#parts.onDeployed(() => this.#deploys++ > 0 && void this.#afterDeploy(signal), signal)
    }

    /** Tries again for as long as the store is away, which it says itself. */
    async #patiently(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                return await run()
            } catch {
                await pause(this.#parts.clock, backoff(tries), signal)
            }
        }
    }

    async #takeUp(signal: AbortSignal): Promise<void> {
        const { ready, repository } = this.#parts
        await ready(signal)
        for (const [id, size] of await repository.sizes()) if (!this.#fresh.has(id)) this.#quota.add(id, size)
        if (this.#check) {
            const left = (await repository.orphans()).filter((id) => !this.#fresh.has(id))
            this.#fresh.clear()
            this.#check()
            this.#check = undefined
            await this.abandon(left)
        }
        const rows = await repository.ready()
        if (!signal.aborted) this.#deliveries.resume(rows)
    }

    /** Answers what a deploy has cut short: what no message is kept for, and what turns up in no node of ours. */
    async #afterDeploy(signal: AbortSignal): Promise<void> {
        const { repository, clock, inHand } = this.#parts
        const alive = inHand()
        let suspects: string[] = []
        await this.#patiently(async () => {
            suspects = (await repository.orphans()).filter((id) => !alive.has(id))
        }, signal)
        await pause(clock, GRACE, signal)
        await this.#patiently(async () => {
            const [open, busy] = [new Set(await repository.orphans()), inHand()]
            if (!signal.aborted) await this.abandon(suspects.filter((id) => open.has(id) && !busy.has(id)))
        }, signal)
    }

    /**
     * Promises an answer. Resolves once that is kept.
     * @throws {@link Refusal} 503 when too many are undelivered or nothing can be kept
     */
    async open(node: string, target: Target): Promise<Callback> {
        const { repository, clock, id: makeId } = this.#parts
        const length = target.url.length + target.header.length
        if (this.#quota.isFull(length))
            throw new Refusal(503, 'TOO_MANY', 'too many callbacks are promised already: try again later, or ask without one')
        const id = makeId()
        this.#quota.add(id, length)
        const now = clock.now()
        if (this.#check) this.#fresh.add(id)
        const fate = { state: 'open', accepted: null, body: null, attempts: 0, nextAt: now, createdAt: now } as const
        try {
            await repository.add({ id, node, ...target, ...fate })
        } catch (error) {
            this.#quota.remove(id)
            throw error
        }
        return { id, ...target }
    }

    /** Notes what was answered at once, for the case that the work is cut short. It does not matter much, so that it never fails. */
    async accepted(id: string, payload: unknown): Promise<void> {
        if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return
        try {
            const accepted = JSON.stringify(payload)
            if (accepted.length > LONGEST_NOTE || !this.#quota.fits(accepted.length)) return
            this.#quota.add(id, accepted.length)
            await this.#parts.repository.update(id, { accepted })
        } catch {
            // Then the answer goes without.
        }
    }

    /** Takes a promise back that nobody has heard of. */
    async withdraw(id: string): Promise<void> {
        await this.#parts.repository.remove(id)
        this.#quota.remove(id)
    }

    /** Answers those with a failure that nothing will come of any more. One that cannot be read is logged and left out. */
    async abandon(ids: string[]): Promise<void> {
        for (let i = 0; i < ids.length; i += AT_ONCE) {
            const rows = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => this.#interrupt(id)))
            if (this.#users > 0) this.#deliveries.resume(rows.filter((row) => row !== undefined))
        }
    }

    /** Makes a failure the answer of work that was cut short. @returns what is ready now, if it was open */
    async #interrupt(id: string): Promise<CallbackEntry | undefined> {
        const { repository, clock, log } = this.#parts
        if (this.#answering.has(id)) return undefined
        this.#answering.add(id)
        try {
            const row = await repository.get(id)
            if (row?.state !== 'open') return undefined
            const now = clock.now()
            const body = JSON.stringify({ ...noted(row), message: 'the run was interrupted by a restart' })
            await repository.update(id, { state: 'ready', body, nextAt: now, createdAt: now })
            this.#quota.add(id, body.length)
            return { ...row, bytes: body.length, nextAt: now, createdAt: now }
        } catch (error) {
            if (error instanceof Refusal && error.code === 'STORE_UNAVAILABLE') throw error
            log(`callback ${id} cannot be read and is left out: ${messageOf(error)}`)
            return undefined
        } finally {
            this.#answering.delete(id)
        }
    }

    /**
     * Answers one, and resolves when the answer was delivered or given up. It is kept before it is sent; while the store is
     * away that is tried again, for the promise stands. An answer that is too long to be kept becomes a failure.
     * @param node the one that is told the outcome, should it come after a restart
     * @param body JSON
     * @throws {@link Refusal} 410 `CALLBACK_CLOSED` if it is unknown or was answered before
     */
    async reply(id: string, node: string, body: string, signal: AbortSignal): Promise<Outcome> {
        const { row, fits } = await this.#answer(id, node, body, signal)
        const outcome = await this.#deliveries.deliver(row, signal)
        if (!fits) outcome.refusal ??= tooLong()
        return outcome
    }

    /** Answers one as {@link reply} does, but resolves once that is kept; the outcome is told to the node as after a restart. */
    async replyLater(id: string, node: string, body: string, signal: AbortSignal): Promise<void> {
        const { row, fits } = await this.#answer(id, node, body, signal)
        this.#deliveries.resume([row])
        if (!fits) throw tooLong()
    }

    async #answer(id: string, node: string, body: string, signal: AbortSignal): Promise<{ row: CallbackEntry; fits: boolean }> {
        if (this.#answering.has(id)) throw closed()
        this.#answering.add(id)
        const fits = this.#quota.fits(body.length)
        try {
            return { row: await this.#commit(id, node, fits ? body : TOO_LONG, signal), fits }
        } finally {
            this.#answering.delete(id)
        }
    }

    async #commit(id: string, node: string, body: string, signal: AbortSignal): Promise<CallbackEntry> {
        const { repository, clock } = this.#parts
        for (let tries = 1; ; tries++) {
            try {
                const row = await repository.get(id)
                const now = clock.now()
                // An update that seemed to fail may have been kept.
                const isKept = tries > 1 && row?.state === 'ready' && row.node === node && row.body === body
                if (!row || (row.state !== 'open' && !isKept)) throw closed()
                if (!isKept) await repository.update(id, { state: 'ready', body, node, attempts: 0, nextAt: now, createdAt: now })
                this.#quota.add(id, body.length)
                return { id, node, url: row.url, bytes: body.length, attempts: 0, nextAt: now, createdAt: now }
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

/** How many are read and answered with a failure at the same time. */
const AT_ONCE = 100

const tooLong = () => new Refusal(422, 'NOT_STORABLE', 'msg.payload is too long to be kept for a callback')

const TOO_LONG = JSON.stringify({ message: 'the answer is too long to be sent' })

/** What was answered at once; nothing if that is damaged. */
function noted({ accepted }: CallbackRow): object {
    try {
        const note: unknown = JSON.parse(accepted ?? '{}')
        return typeof note === 'object' && note !== null ? note : {}
    } catch {
        return {}
    }
}
