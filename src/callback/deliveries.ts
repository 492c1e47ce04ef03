import type { Bus } from '../bus/index.ts'
import { RefusedHost } from '../http/index.ts'
import { backoff, type Clock, pause, Refusal } from '../lib/index.ts'
import { type Retry, type Task, type Tasks, Worker } from '../tasks/index.ts'
import { Hosts } from './hosts.ts'
import { hostOf, readable, readPromised } from './promised.ts'
import type { Put } from './put.ts'

export const CALLBACK_KIND = 'callback'
const FIRST_DELAY = 1000
const LONGEST_DELAY = 300_000
/** How long after the start the node that is told of an answer may still turn up, in milliseconds. */
const SETTLING = 1000
/** An answer that takes longer than this is slow, in milliseconds, and makes room for others. */
const SOON = 500
/** What may be sent at the same time, in characters: in all, and to those who are slow. */
const MOST_BYTES = 50_331_648
const MOST_SLOW_BYTES = 33_554_432
/** What may be sent at the same time: those that are slow and were not known to be so come on top of what hosts share. */
const MOST = 1024

/** What is put on a message as `msg.callback`. */
export interface Callback {
    id: string
    url: string
    /** As it was spelt. */
    header: string
}

/** How a delivery ended. */
export interface DeliveryOutcome {
    callback: Callback
    /** The body that was sent. */
    payload: unknown
    /** 502 `CALLBACK_UNDELIVERED`, if it was given up. */
    refusal?: Refusal
}

/** The same as it is told over the bus. */
interface Ended extends Omit<DeliveryOutcome, 'refusal'> {
    /** Why it was given up. */
    failure?: string
}

/** How deliveries of a node are going. */
export interface DeliveryTally {
    /** How many are still to be delivered. */
    pending: number
    /** Why the last try failed; nothing once one succeeded. */
    failure: string | undefined
}

export interface Replier {
    /** Milliseconds after which an answer is given up. */
    giveUp: number
    /** Takes outcomes that nobody waits for: those of answers that were given before a restart. */
    outcome(outcome: DeliveryOutcome): void
    /** Called when the node's {@link DeliveryTally} has changed. */
    changed(tally: DeliveryTally): void
}

interface Failure {
    reason: string
    /** Trying again is of no use. */
    isFinal: boolean
}

interface DeliveriesOptions {
    /** By which whoever waits for an outcome hears of it. */
    bus: Bus
    tasks: Tasks
    clock: Clock
    put: Put
    log(text: string): void
}

/** Answers on their way: each is sent until it is delivered or given up, and only then is its task over. */
export class Deliveries {
    readonly #o: DeliveriesOptions
    readonly #hosts = new Hosts()
    readonly #repliers = new Map<string, { replier: Replier; told: DeliveryTally | undefined }>()
    readonly #failures = new Map<string, string>()
    /** Of tasks that are about to be removed. */
    readonly #endings = new Map<string, Ended>()
    #slowBytes = 0
    #startedAt = 0
    #worker: Worker | undefined

    constructor(options: DeliveriesOptions) {
        this.#o = options
    }

    /** Sends what is due until the signal aborts; the tasks stay. */
    start(signal: AbortSignal): Worker {
        const { tasks, clock, log } = this.#o
        this.#startedAt = clock.monotonic()
        const run = (task: Task) => this.#deliver(task, signal)
        const options = { kind: CALLBACK_KIND, limit: MOST, bytes: MOST_BYTES, share: (host: string) => this.#hosts.share(host), run, log }
        const worker = new Worker(tasks, { ...options, ended: (task) => this.#ended(task), changed: () => this.tell() }, signal)
        this.#worker = worker
        signal.addEventListener('abort', () => this.#failures.clear(), { once: true })
        return worker
    }

    /** Resolves with the outcome of an answer that is about to be sent, by whichever process; rejects when the signal aborts. */
    outcome(id: string, signal: AbortSignal): Promise<DeliveryOutcome> {
        if (signal.aborted) return Promise.reject(signal.reason)
        const { promise, resolve, reject } = Promise.withResolvers<DeliveryOutcome>()
        const waiting = new AbortController()
        const end = () => {
            waiting.abort()
            signal.removeEventListener('abort', abort)
        }
        const abort = () => {
            end()
            reject(signal.reason)
        }
        const take = (ended: Ended) => {
            end()
            resolve(outcomeOf(ended))
        }
        signal.addEventListener('abort', abort)
        this.#o.bus.respond(topicOf(id), take, waiting.signal)
        return promise
    }

    /** Milliseconds after which answers of a node are given up. */
    giveUp(node: string): number | undefined {
        return this.#repliers.get(node)?.replier.giveUp
    }

    /** Tells a node of its deliveries, until the signal aborts. */
    attach(node: string, replier: Replier, signal: AbortSignal): void {
        this.#repliers.set(node, { replier, told: undefined })
        const detach = () => this.#repliers.get(node)?.replier === replier && this.#repliers.delete(node)
        signal.addEventListener('abort', detach, { once: true })
        this.tell()
    }

    /** Tells nodes how their deliveries are going, where that has changed. */
    tell(): void {
        for (const [node, known] of this.#repliers) {
            const now = { pending: this.#o.tasks.total(CALLBACK_KIND, node).count, failure: this.#failures.get(node) }
            if (now.pending === known.told?.pending && now.failure === known.told.failure) continue
            known.told = now
            known.replier.changed(now)
        }
    }

    async #deliver(task: Task, signal: AbortSignal): Promise<Retry | undefined> {
        const left = this.#startedAt + SETTLING - this.#o.clock.monotonic()
        if (left > 0 && !this.#repliers.has(task.owner)) await pause(this.#o.clock, left, signal)
        signal.throwIfAborted()
        let callback: Callback
        let body: string
        try {
            const { url, header, body: kept = '' } = readPromised(task)
            callback = { id: task.id, url, header }
            body = readable(kept) === undefined ? DAMAGED : kept
        } catch (error) {
            this.#o.log(`callback ${task.id} cannot be read and is left out: ${reasonOf(error)}`)
            return undefined
        }
        if (body === DAMAGED) this.#o.log(`the answer to callback ${task.id} cannot be read: a failure is sent instead`)
        const failure = await this.#send({ id: task.id, url: callback.url, body }, task, signal)
        this.#note(task.owner, failure?.reason)
        const remaining = (task.expiresAt ?? 0) - this.#worker!.now
        if (failure && !failure.isFinal && remaining > 0)
            return { after: Math.min(backoff(task.attempts + 1, FIRST_DELAY, LONGEST_DELAY), remaining) }
        this.#endings.set(task.id, { callback, payload: readable(body), ...(failure && { failure: failure.reason }) })
        return undefined
    }

    #note(node: string, failure: string | undefined): void {
        if (failure === undefined) this.#failures.delete(node)
        else this.#failures.set(node, failure)
        this.tell()
    }

    #ended({ id, owner }: Task): void {
        const ended = this.#endings.get(id)
        this.#endings.delete(id)
        if (!ended) return
        // Nobody waits for those of answers that were given before a restart.
        const unheard = () => this.#repliers.get(owner)?.replier.outcome(outcomeOf(ended))
        const failed = (error: unknown) => this.#o.log(`the outcome of callback ${id} could not be told: ${reasonOf(error)}`)
        this.#o.bus.request(topicOf(id), ended).catch(unheard).catch(failed)
    }

    /** Sends it once. When the answer takes long others need not wait for it, and when too much takes long it is cut short. */
    async #send(request: { id: string; url: string; body: string }, { bytes }: Task, signal: AbortSignal): Promise<Failure | undefined> {
        const host = hostOf(request.url)
        const cut = new AbortController()
        let isSlow = false
        const slow = () => {
            isSlow = true
            this.#hosts.note(host, false)
            if (this.#slowBytes > 0 && this.#slowBytes + bytes > MOST_SLOW_BYTES)
                cut.abort(new Error('no answer soon, and too many others wait'))
            this.#slowBytes += bytes
            this.#worker!.shareChanged(host)
        }
        const cancel = this.#o.clock.after(SOON, slow)
        try {
            const { hasAnswered, failure } = await this.#try(request, signal, cut.signal)
            this.#hosts.note(host, hasAnswered && !isSlow)
            return failure
        } finally {
            cancel()
            if (isSlow) this.#slowBytes -= bytes
            this.#worker!.shareChanged(host)
        }
    }

    async #try(request: { id: string; url: string; body: string }, signal: AbortSignal, cut: AbortSignal) {
        if (!URL.canParse(request.url)) return { hasAnswered: true, failure: { reason: 'its URL cannot be read', isFinal: true } }
        try {
            const status = await this.#o.put(request, AbortSignal.any([signal, cut]))
            if (status >= 200 && status < 300) return { hasAnswered: true, failure: undefined }
            const isFinal = !(status >= 500 || [408, 425, 429].includes(status))
            return { hasAnswered: true, failure: { reason: `answered with ${status}`, isFinal } }
        } catch (error) {
            signal.throwIfAborted()
            const reason = reasonOf(cut.aborted ? cut.reason : error)
            return { hasAnswered: false, failure: { reason, isFinal: error instanceof RefusedHost } }
        }
    }
}

const topicOf = (id: string): string => `callbacks/${id}/outcome`

function outcomeOf({ failure, ...rest }: Ended): DeliveryOutcome {
    if (failure === undefined) return rest
    return { ...rest, refusal: new Refusal(502, 'CALLBACK_UNDELIVERED', `the callback was given up: ${failure}`) }
}

const DAMAGED = JSON.stringify({ message: 'the answer was damaged where it was kept' })

/** An error that tries of several addresses came to has no message of its own. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return error.message || ('code' in error ? String(error.code) : error.name)
}
