import type { Bus } from '../bus/index.ts'
import type { HostGuard } from '../http/index.ts'
import { type Clock, messageOf, pause, Refusal, retryUntil } from '../lib/index.ts'
import { isAway, PARKED, type Task, type Tasks, type Worker } from '../tasks/index.ts'
import { CALLBACK_KIND, type Callback, Deliveries, type DeliveryOutcome, type Replier } from './deliveries.ts'
import { hostOf, interrupted, type Promised, readPromised, written } from './promised.ts'
import type { Put } from './put.ts'
import type { Target } from './target.ts'

/** How many callbacks may be open or on their way, and how much room they may take in the store, in characters. */
const MOST = 100_000
const MOST_BYTES = 268_435_456
/** The longest answer that is sent, in characters of JSON. */
const LONGEST = 16_777_216
/** The longest note of what was answered at once, in characters of JSON. */
const LONGEST_NOTE = 65_536
/** How long after a deploy somebody may still turn out to work on what was promised before it, in milliseconds. */
const GRACE = 5000
/** For failures that no node answers with, in milliseconds. */
const GIVE_UP = 86_400_000
/** How many are read and answered with a failure at the same time. */
const AT_ONCE = 100

export interface CallbackParts {
    bus: Bus
    tasks: Tasks
    clock: Clock
    /** Makes an id that nobody can guess. */
    id: () => string
    put: Put
    /** Says where no callback goes. */
    guard: HostGuard
    /** Calls back after each deploy, be it of a few nodes, until the signal aborts. */
    onDeployed(listener: () => void, signal: AbortSignal): void
    /** The ids of the callbacks that a node of ours is working on. */
    inHand(): Set<string>
    log(text: string): void
}

/**
 * Whoever was promised a callback gets an answer, whatever becomes of the work, also over a kill: a callback is a task, parked as long as
 * the work goes on, and due with its answer. It works while at least one node has joined.
 */
export class Callbacks {
    /** Resolves once everything that a former run left unanswered is being answered. Nothing kept may go on before. */
    readonly checked: Promise<void>
    readonly #p: CallbackParts
    readonly #deliveries: Deliveries
    /** Promised by this run before it has looked for what others left. */
    readonly #fresh = new Set<string>()
    /** Being answered: by the flow, or with a failure because nobody else will. */
    readonly #answering = new Set<string>()
    /** The notes that are being kept. */
    readonly #notes = new Map<string, Promise<void>>()
    #users = 0
    #deploys = 0
    #check: (() => void) | undefined
    #halt = new AbortController()
    #worker: Worker | undefined

    constructor(parts: CallbackParts) {
        this.#p = parts
        this.#deliveries = new Deliveries(parts)
        this.checked = new Promise((resolve) => {
            this.#check = resolve
        })
        // What waited for a node that was deleted answers its callback no more.
        parts.tasks.onSwept((swept) => this.abandon(swept.flatMap(({ parent }) => parent ?? [])))
        parts.tasks.outlives(CALLBACK_KIND)
    }

    /** Where no callback goes. */
    get guard(): HostGuard {
        return this.#p.guard
    }

    /** Takes part until the signal aborts. With the last to leave, deliveries stop within moments; the tasks stay. */
    join(signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#users++ === 0) this.#start()
        signal.addEventListener('abort', () => --this.#users === 0 && this.#halt.abort(), { once: true })
    }

    #start(): void {
        this.#halt = new AbortController()
        const { signal } = this.#halt
        this.#worker = this.#deliveries.start(signal)
        void retryUntil(this.#p.clock, signal, () => this.#takeUp(signal))
        // The first deploy is the one that this was made in.
        this.#p.onDeployed(() => this.#deploys++ > 0 && void this.#afterDeploy(signal), signal)
    }

    /** Answers what a former run left open. */
    async #takeUp(signal: AbortSignal): Promise<void> {
        await this.#p.tasks.begin(signal)
        this.#deliveries.tell()
        if (!this.#check) return
        const left = (await this.#p.tasks.childless(CALLBACK_KIND)).filter((id) => !this.#fresh.has(id))
        this.#fresh.clear()
        this.#check()
        this.#check = undefined
        await retryUntil(this.#p.clock, signal, () => this.abandon(left))
    }

    /** Answers what a deploy has cut short: what no message is kept for, and what turns up in no node of ours. */
    async #afterDeploy(signal: AbortSignal): Promise<void> {
        const { tasks, clock, inHand } = this.#p
        const alive = inHand()
        const before = await retryUntil(clock, signal, () => tasks.childless(CALLBACK_KIND))
        const suspects = (before ?? []).filter((id) => !alive.has(id))
        await pause(clock, GRACE, signal)
        await retryUntil(clock, signal, async () => {
            const [open, busy] = [new Set(await tasks.childless(CALLBACK_KIND)), inHand()]
            if (!signal.aborted) await this.abandon(suspects.filter((id) => open.has(id) && !busy.has(id)))
        })
    }

    /**
     * Promises an answer. Resolves once that is kept.
     * @throws {@link Refusal} 503 when too many are undelivered or nothing can be kept
     */
    async open(target: Target): Promise<Callback> {
        const payload = written(target)
        const { count, bytes } = this.#p.tasks.total(CALLBACK_KIND)
        if (count >= MOST || bytes + payload.length > MOST_BYTES)
            throw new Refusal(503, 'TOO_MANY', 'too many callbacks are promised already: try again later, or ask without one')
        const id = this.#p.id()
        if (this.#check) this.#fresh.add(id)
        await this.#worker!.add({ id, owner: '', dueAt: Number.POSITIVE_INFINITY, payload })
        return { id, ...target }
    }

    /** Notes what was answered at once, for the case that the work is cut short. It does not matter much, so that it never fails. */
    async accepted(id: string, payload: unknown): Promise<void> {
        if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return
        // Before anything else: the flow may change it at once.
        const accepted = jsonOf(payload)
        if (accepted === undefined || accepted.length > LONGEST_NOTE || !this.#fits(accepted.length) || this.#answering.has(id)) return
        const note = (this.#notes.get(id) ?? Promise.resolve())
            .then(() => this.#note(id, accepted))
            // Then the answer goes without.
            .catch(() => {})
        this.#notes.set(id, note)
        await note
        if (this.#notes.get(id) === note) this.#notes.delete(id)
    }

    async #note(id: string, accepted: string): Promise<void> {
        const task = await this.#p.tasks.get(id)
        if (isOpen(task)) await this.#worker!.change(id, { payload: written({ ...readPromised(task), accepted }) })
    }

    /** Takes a promise back that nobody has heard of. */
    withdraw(id: string): Promise<void> {
        return this.#worker!.complete([id])
    }

    /** Answers those with a failure that nothing will come of any more. One that cannot be read is logged and left out. */
    async abandon(ids: readonly string[]): Promise<void> {
        for (let i = 0; i < ids.length; i += AT_ONCE) await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => this.#interrupt(id)))
    }

    async #interrupt(id: string): Promise<void> {
        if (this.#answering.has(id)) return
        this.#answering.add(id)
        try {
            await this.#notes.get(id)
            const task = await this.#p.tasks.get(id)
            if (!isOpen(task)) return
            const promised = readPromised(task)
            await this.#makeDue(id, promised, interrupted(promised), GIVE_UP)
        } catch (error) {
            if (isAway(error)) throw error
            this.#p.log(`callback ${id} cannot be read and is left out: ${messageOf(error)}`)
            await this.#worker?.complete([id])
        } finally {
            this.#answering.delete(id)
        }
    }

    async #makeDue(id: string, promised: Promised, body: string, giveUp: number, owner?: string): Promise<void> {
        const now = this.#p.clock.now()
        const payload = written({ ...promised, accepted: undefined, body })
        const key = hostOf(promised.url)
        await this.#worker!.change(id, { payload, key, dueAt: now, expiresAt: now + giveUp, ...(owner && { owner }) })
        this.#deliveries.tell()
    }

    /**
     * Answers one, and resolves when the answer was delivered or given up. It is kept before it is sent; while the store is
     * away that is tried again, for the promise stands. An answer that is too long to be kept becomes a failure.
     * @param node the one that is told the outcome, should it come after a restart
     * @param body JSON
     * @throws {@link Refusal} 410 `CALLBACK_CLOSED` if it is unknown or was answered before
     */
    async reply(id: string, node: string, body: string, signal: AbortSignal): Promise<DeliveryOutcome> {
        const fits = await this.#answer(id, node, body, signal)
        // It cannot have been sent yet.
        const outcome = await this.#deliveries.outcome(id, signal)
        if (!fits) outcome.refusal ??= tooLong()
        return outcome
    }

    /** Answers one as {@link reply} does, but resolves once that is kept; the outcome is told to the node as after a restart. */
    async replyLater(id: string, node: string, body: string, signal: AbortSignal): Promise<void> {
        if (!(await this.#answer(id, node, body, signal))) throw tooLong()
    }

    /** @returns whether the answer was kept as it is */
    async #answer(id: string, node: string, body: string, signal: AbortSignal): Promise<boolean> {
        if (this.#answering.has(id)) throw closed()
        this.#answering.add(id)
        const fits = this.#fits(body.length)
        const keep = () => this.#keep(id, node, fits ? body : TOO_LONG)
        try {
            await this.#notes.get(id)
            await retryUntil(this.#p.clock, signal, keep, (error) => {
                if (!isAway(error)) throw error
            })
            signal.throwIfAborted()
            return fits
        } finally {
            this.#answering.delete(id)
        }
    }

    async #keep(id: string, node: string, body: string): Promise<void> {
        const task = await this.#p.tasks.get(id)
        // What seemed to fail may have been kept.
        if (task?.owner === node && readPromised(task).body === body) return
        if (!isOpen(task)) throw closed()
        await this.#makeDue(id, readPromised(task), body, this.#deliveries.giveUp(node) ?? GIVE_UP, node)
    }

    #fits(length: number): boolean {
        return length <= LONGEST && this.#p.tasks.total(CALLBACK_KIND).bytes + length <= MOST_BYTES
    }

    /** Tells a node of the deliveries of its answers, until the signal aborts. */
    attach(node: string, replier: Replier, signal: AbortSignal): void {
        this.#deliveries.attach(node, replier, signal)
    }
}

/** Undefined for what cannot be written as JSON. */
function jsonOf(value: object): string | undefined {
    try {
        return JSON.stringify(value)
    } catch {
        return undefined
    }
}

const isOpen = (task: Task | undefined): task is Task => task?.dueAt === PARKED

const closed = () => new Refusal(410, 'CALLBACK_CLOSED', 'the callback was answered or given up before')

const tooLong = () => new Refusal(422, 'NOT_STORABLE', 'msg.payload is too long to be kept for a callback')

const TOO_LONG = JSON.stringify({ message: 'the answer is too long to be sent' })
