import { Agenda, backoff, type Clock } from '../clock/index.ts'
import { Refusal } from '../refusal.ts'
import { RefusedHost } from './addresses.ts'
import type { Put } from './put.ts'
import type { CallbackRepository, CallbackRow } from './repository.ts'

/** How many are sent at the same time. */
const AT_ONCE = 16
const FIRST_DELAY = 1000
const LONGEST_DELAY = 300_000
/** What a former run left behind is sent this long after the start, in milliseconds: the nodes that are told of it are there by then. */
const SETTLING = 1000
/** For answers of a node that is not there to say otherwise, in milliseconds. */
const GIVE_UP = 86_400_000

/** What is put on a message as `msg.callback`. */
export interface Callback {
    id: string
    url: string
    /** As it was spelt. */
    header: string
}

/** How a delivery ended. */
export interface Outcome {
    callback: Callback
    /** The body that was sent. */
    payload: unknown
    /** 502 `CALLBACK_UNDELIVERED`, if it was given up. */
    refusal?: Refusal
}

/** How deliveries of a node are going. */
export interface Tally {
    /** How many are still to be delivered. */
    pending: number
    /** Why the last try failed; nothing once one succeeded. */
    failure: string | undefined
}

export interface Replier {
    /** Milliseconds after which an answer is given up. */
    giveUp: number
    /** Takes outcomes that nobody waits for: those of answers that were given before a restart. */
    outcome(outcome: Outcome): void
    /** Called when the node's {@link Tally} has changed. */
    changed(tally: Tally): void
}

interface Entry {
    node: string
    attempts: number
    /** When it was answered, in monotonic time: it is given up so long after that. */
    since: number
    /** Known, but the row is still there. */
    outcome?: Outcome | undefined
    settle?: (outcome: Outcome) => void
}

interface Parts {
    repository: CallbackRepository
    clock: Clock
    put: Put
}

/** Answers on their way: each is sent until it is delivered or given up, and only then is its row deleted. */
export class Deliveries {
    readonly #repository: CallbackRepository
    readonly #clock: Clock
    readonly #put: Put
    readonly #agenda: Agenda<string>
    readonly #entries = new Map<string, Entry>()
    readonly #repliers = new Map<string, Replier>()
    readonly #tallies = new Map<string, Tally>()
    readonly #queue: string[] = []
    #active = 0
    #signal = AbortSignal.abort()

    constructor({ repository, clock, put }: Parts) {
        this.#repository = repository
        this.#clock = clock
        this.#put = put
        this.#agenda = new Agenda(clock, (id) => {
            this.#queue.push(id)
            this.#pump()
        })
    }

    get size(): number {
        return this.#entries.size
    }

    /** Runs until the signal aborts; then all is forgotten here, while the rows stay. */
    run(signal: AbortSignal): void {
        this.#signal = signal
        const halt = () => {
            this.#agenda.clear()
            this.#queue.length = 0
            this.#entries.clear()
            this.#tallies.clear()
        }
        signal.addEventListener('abort', halt, { once: true })
    }

    /** Takes on what a former run left behind. */
    resume(rows: CallbackRow[]): void {
        const now = this.#clock.now()
        for (const { id, node, attempts, nextAt, createdAt } of rows) {
            if (this.#entries.has(id)) continue
            this.#add(id, node, attempts, Math.max(now - createdAt, 0))
            // A wall clock that was set back must not put it off for longer than a failure would have.
            this.#agenda.after(id, Math.min(Math.max(nextAt - now, SETTLING), LONGEST_DELAY))
        }
    }

    /** Sends an answer that is ready. Resolves when it was delivered or given up; rejects when the signal aborts. */
    deliver(id: string, node: string, signal: AbortSignal): Promise<Outcome> {
        return new Promise((resolve, reject) => {
            if (signal.aborted) return reject(signal.reason)
            // It may have been found in the store just before.
            const entry = this.#entries.get(id) ?? this.#add(id, node, 0, 0)
            const abort = () => {
                delete entry.settle
                reject(signal.reason)
            }
            signal.addEventListener('abort', abort, { once: true })
            entry.settle = (outcome) => {
                signal.removeEventListener('abort', abort)
                resolve(outcome)
            }
            this.#agenda.after(id, 0)
        })
    }

    /** Tells a node of its deliveries, until the signal aborts. */
    attach(node: string, replier: Replier, signal: AbortSignal): void {
        this.#repliers.set(node, replier)
        const detach = () => this.#repliers.get(node) === replier && this.#repliers.delete(node)
        signal.addEventListener('abort', detach, { once: true })
        replier.changed(this.#tally(node))
    }

    #tally(node: string): Tally {
        return this.#tallies.get(node) ?? { pending: 0, failure: undefined }
    }

    #note(node: string, pending: number, failure: string | undefined): void {
        const tally = { pending: this.#tally(node).pending + pending, failure }
        this.#tallies.set(node, tally)
        this.#repliers.get(node)?.changed(tally)
    }

    /** @param age milliseconds since it was answered */
    #add(id: string, node: string, attempts: number, age: number): Entry {
        const entry: Entry = { node, attempts, since: this.#clock.monotonic() - age }
        this.#entries.set(id, entry)
        this.#note(node, +1, this.#tally(node).failure)
        return entry
    }

    #drop(id: string, entry: Entry, failure: string | undefined): void {
        if (this.#entries.delete(id)) this.#note(entry.node, -1, failure)
    }

    #pump(): void {
        while (this.#active < AT_ONCE) {
            const id = this.#queue.shift()
            if (id === undefined) return
            this.#active++
            void this.#attempt(id, this.#signal).finally(() => {
                this.#active--
                this.#pump()
            })
        }
    }

    async #attempt(id: string, signal: AbortSignal): Promise<void> {
        const entry = this.#entries.get(id)
        if (!entry) return
        try {
            entry.outcome ??= await this.#send(id, entry, signal)
            if (!entry.outcome) return
            // Also when all is being closed: what was delivered should not be sent once more after the next start.
            await this.#repository.remove(id)
            if (signal.aborted) return
            this.#drop(id, entry, entry.outcome.refusal?.message)
            this.#report(entry, entry.outcome)
        } catch {
            // The store is away: the row is still in it, and how the delivery ended is known here.
            if (!signal.aborted) this.#agenda.after(id, FIRST_DELAY)
        }
    }

    #report(entry: Entry, outcome: Outcome): void {
        if (entry.settle) entry.settle(outcome)
        else this.#repliers.get(entry.node)?.outcome(outcome)
    }

    /** One try. @returns how the delivery ended, or nothing if there is to be another try */
    async #send(id: string, entry: Entry, signal: AbortSignal): Promise<Outcome | undefined> {
        const row = await this.#repository.get(id)
        signal.throwIfAborted()
        if (row?.state !== 'ready' || row.body === null) {
            this.#drop(id, entry, this.#tally(entry.node).failure)
            return
        }
        const { url, header, body } = row
        const outcome: Outcome = { callback: { id, url, header }, payload: JSON.parse(body) }
        const failure = await this.#try({ id, url, body }, signal)
        if (!failure) return outcome
        if (!failure.isFinal && (await this.#retry(row, entry, failure.reason))) return
        return { ...outcome, refusal: new Refusal(502, 'CALLBACK_UNDELIVERED', `the callback was given up: ${failure.reason}`) }
    }

    async #try(request: { id: string; url: string; body: string }, signal: AbortSignal) {
        try {
            const status = await this.#put(request, signal)
            if (status >= 200 && status < 300) return
            return { reason: `answered with ${status}`, isFinal: !(status >= 500 || [408, 425, 429].includes(status)) }
        } catch (error) {
            signal.throwIfAborted()
            return { reason: reasonOf(error), isFinal: error instanceof RefusedHost }
        }
    }

    /** @returns whether there will be another try */
    async #retry(row: CallbackRow, entry: Entry, reason: string): Promise<boolean> {
        const left = entry.since + (this.#repliers.get(entry.node)?.giveUp ?? GIVE_UP) - this.#clock.monotonic()
        if (left <= 0) return false
        entry.attempts = Math.max(entry.attempts, row.attempts) + 1
        const delay = Math.min(backoff(entry.attempts, FIRST_DELAY, LONGEST_DELAY), left)
        this.#note(entry.node, 0, reason)
        this.#agenda.after(row.id, delay)
        // One that is not counted is made again sooner after a restart, that is all.
        await this.#repository.update(row.id, { attempts: entry.attempts, nextAt: this.#clock.now() + delay }).catch(() => {})
        return true
    }
}

/** An error that tries of several addresses came to has no message of its own. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return error.message || ('code' in error ? String(error.code) : error.name)
}
