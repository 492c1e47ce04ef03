import { Agenda, backoff, type Clock, Refusal } from '../lib/index.ts'
import { RefusedHost } from './guard.ts'
import { Lanes } from './lanes.ts'
import type { Put } from './put.ts'
import type { CallbackEntry, CallbackRepository, CallbackRow } from './repository.ts'

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
    /** With its port: whom it must not delay but itself. */
    host: string
    /** How long the body is. */
    bytes: number
    attempts: number
    /** Waits for its turn, or is being sent. */
    isQueued: boolean
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
    log(text: string): void
    /** Told when a row is gone. */
    removed(id: string): void
}

/** Answers on their way: each is sent until it is delivered or given up, and only then is its row deleted. */
export class Deliveries {
    readonly #parts: Parts
    readonly #repository: CallbackRepository
    readonly #clock: Clock
    readonly #lanes: Lanes
    readonly #agenda: Agenda<string>
    readonly #entries = new Map<string, Entry>()
    readonly #repliers = new Map<string, Replier>()
    readonly #tallies = new Map<string, Tally>()
    #signal = AbortSignal.abort()

    constructor(parts: Parts) {
        const { repository, clock } = parts
        this.#parts = parts
        this.#repository = repository
        this.#clock = clock
        this.#lanes = new Lanes(clock, (id, signal) => this.#attempt(id, AbortSignal.any([signal, this.#signal])))
        this.#agenda = new Agenda(clock, (id) => this.#due(id))
    }

    /** Runs until the signal aborts; then all is forgotten here, while the rows stay. */
    run(signal: AbortSignal): void {
        this.#signal = signal
        const halt = () => {
            this.#agenda.clear()
            this.#lanes.clear()
            this.#entries.clear()
            this.#tallies.clear()
        }
        signal.addEventListener('abort', halt, { once: true })
    }

    /** Takes on what a former run left behind. */
    resume(rows: CallbackEntry[]): void {
        const now = this.#clock.now()
        for (const row of rows) {
            if (this.#entries.has(row.id)) continue
            this.#add(row, Math.max(now - row.createdAt, 0))
            // A wall clock that was set back must not put it off for longer than a failure would have.
            this.#agenda.after(row.id, Math.min(Math.max(row.nextAt - now, SETTLING), LONGEST_DELAY))
        }
    }

    /** Sends an answer that is ready. Resolves when it was delivered or given up; rejects when the signal aborts. */
    deliver(row: CallbackEntry, signal: AbortSignal): Promise<Outcome> {
        const { id } = row
        return new Promise((resolve, reject) => {
            if (signal.aborted) return reject(signal.reason)
            // It may have been found in the store just before.
            const entry = this.#entries.get(id) ?? this.#add(row, 0)
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
    #add({ id, node, url, bytes, attempts }: CallbackEntry, age: number): Entry {
        const host = URL.canParse(url) ? new URL(url).host : ''
        const entry: Entry = { node, host, bytes, attempts, isQueued: false, since: this.#clock.monotonic() - age }
        this.#entries.set(id, entry)
        this.#note(node, +1, this.#tally(node).failure)
        return entry
    }

    #drop(id: string, entry: Entry, failure: string | undefined): void {
        if (this.#entries.delete(id)) this.#note(entry.node, -1, failure)
    }

    #due(id: string): void {
        const entry = this.#entries.get(id)
        if (!entry) return
        if (entry.isQueued) {
            this.#agenda.after(id, FIRST_DELAY)
            return
        }
        entry.isQueued = true
        if (entry.outcome) void this.#finish(id, entry)
        else this.#lanes.add(entry.host, id, entry.bytes)
    }

    /** One try. @returns whether the host answered at all */
    async #attempt(id: string, signal: AbortSignal): Promise<boolean> {
        const entry = this.#entries.get(id)
        if (!entry) return true
        let hasAnswered = true
        try {
            const row = await this.#repository.get(id)
            this.#signal.throwIfAborted()
            if (row?.state !== 'ready' || row.body === null) {
                this.#drop(id, entry, this.#tally(entry.node).failure)
                return true
            }
            hasAnswered = await this.#send(row as Ready, entry, signal)
            if (entry.outcome) await this.#finish(id, entry)
        } catch (error) {
            this.#failed(id, entry, error)
        } finally {
            entry.isQueued = false
        }
        return hasAnswered
    }

    /** Deletes the row of one whose end is known, and tells. */
    async #finish(id: string, entry: Entry): Promise<void> {
        try {
            // Also when all is being closed: what was delivered should not be sent once more after the next start.
            await this.#repository.remove(id)
            this.#parts.removed(id)
            if (this.#signal.aborted || !entry.outcome) return
            this.#drop(id, entry, entry.outcome.refusal?.message)
            this.#report(entry, entry.outcome)
        } catch (error) {
            this.#failed(id, entry, error)
        } finally {
            entry.isQueued = false
        }
    }

    #failed(id: string, entry: Entry, error: unknown): void {
        if (this.#signal.aborted) return
        if (error instanceof Refusal && error.code === 'STORE_UNAVAILABLE') {
            // The row is still there, and how the delivery ended is known here.
            this.#agenda.after(id, FIRST_DELAY)
            return
        }
        this.#parts.log(`callback ${id} cannot be read and is left out: ${reasonOf(error)}`)
        this.#drop(id, entry, this.#tally(entry.node).failure)
    }

    #report(entry: Entry, outcome: Outcome): void {
        if (entry.settle) entry.settle(outcome)
        else this.#repliers.get(entry.node)?.outcome(outcome)
    }

    /** Sends it once, and sets the outcome unless there is to be another try. @returns whether the host answered at all */
    async #send({ id, url, header, body }: Ready, entry: Entry, signal: AbortSignal): Promise<boolean> {
        const isWhole = readable(body) !== undefined
        if (!isWhole) this.#parts.log(`the answer to callback ${id} cannot be read: a failure is sent instead`)
        const failure = await this.#try({ id, url, body: isWhole ? body : DAMAGED }, signal)
        if (failure && !failure.isFinal && (await this.#retry(id, entry, failure.reason))) return failure.hasAnswered
        entry.outcome = { callback: { id, url, header }, payload: readable(isWhole ? body : DAMAGED) }
        if (failure) entry.outcome.refusal = new Refusal(502, 'CALLBACK_UNDELIVERED', `the callback was given up: ${failure.reason}`)
        return failure?.hasAnswered ?? true
    }

    async #try(request: { id: string; url: string; body: string }, signal: AbortSignal) {
        if (!URL.canParse(request.url)) return { reason: 'its URL cannot be read', isFinal: true, hasAnswered: true }
        try {
            const status = await this.#parts.put(request, signal)
            if (status >= 200 && status < 300) return
            return { reason: `answered with ${status}`, isFinal: !(status >= 500 || [408, 425, 429].includes(status)), hasAnswered: true }
        } catch (error) {
            this.#signal.throwIfAborted()
            const reason = signal.aborted ? reasonOf(signal.reason) : reasonOf(error)
            return { reason, isFinal: error instanceof RefusedHost, hasAnswered: false }
        }
    }

    /** @returns whether there will be another try */
    async #retry(id: string, entry: Entry, reason: string): Promise<boolean> {
        const left = entry.since + (this.#repliers.get(entry.node)?.giveUp ?? GIVE_UP) - this.#clock.monotonic()
        if (left <= 0) return false
        entry.attempts++
        const delay = Math.min(backoff(entry.attempts, FIRST_DELAY, LONGEST_DELAY), left)
        this.#note(entry.node, 0, reason)
        this.#agenda.after(id, delay)
        // One that is not counted is made again sooner after a restart, that is all.
        await this.#repository.update(id, { attempts: entry.attempts, nextAt: this.#clock.now() + delay }).catch(() => {})
        return true
    }
}

const DAMAGED = JSON.stringify({ message: 'the answer was damaged where it was kept' })

/** Of a row that was ready. */
type Ready = CallbackRow & { body: string }

/** A body as the flow gave it; nothing if what was kept is damaged. */
function readable(body: string): unknown {
    try {
        return JSON.parse(body)
    } catch {
        return undefined
    }
}

/** An error that tries of several addresses came to has no message of its own. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return error.message || ('code' in error ? String(error.code) : error.name)
}
