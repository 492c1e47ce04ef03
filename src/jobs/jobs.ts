import type { Bus } from '../bus/index.ts'
import { type Clock, Listeners, Refusal, retryUntil } from '../lib/index.ts'
import type { OpenStore } from '../store/index.ts'
import type { Tasks } from '../tasks/index.ts'
import { answerOf } from './answer-input.ts'
import { checkCapacity } from './capacity.ts'
import { changesOf } from './changes.ts'
import { Dispatcher } from './dispatcher.ts'
import { type Handshake, type JobDelivery, type JobParts, onlyInFlight, type Running, shakeHands } from './handshake.ts'
import { type Answer, type HistoryEntry, type Job, type JobOrder, type JobStatus, type Reported, STATUSES } from './job.ts'
import { type JobsPage, type JobsQuery, pageOf, readQuery } from './job-list.ts'
import { addByKey, idByKey } from './keys.ts'
import type { JobEvent } from './machine.ts'
import { hasEnded, type JobRecord, jobOf, OPEN, recordOf } from './record.ts'
import type { JobRepository } from './repository.ts'
import { RestartReport } from './restart-report.ts'
import { cancelUnsent } from './series.ts'
import { attemptOf, type JobPort, type PortOptions, Target } from './targets.ts'
import type { Outcome } from './working-set.ts'

/** Milliseconds for which a job is kept once it has ended. */
const RETENTION = 30 * 86_400_000

export interface JobsSettings {
    /** Milliseconds for which a job is kept once it has ended: 30 days by default. */
    retention?: number
    /** How many there may be that have not ended: a million by default. */
    most?: number
}

export interface JobsOptions {
    /** Which jobs these are, by the name that their nodes have in common. */
    name: string
    tasks: Tasks
    repository: JobRepository
    /** Calls back at every change of the store's health, until the signal aborts. */
    onHealth: OpenStore['onHealth']
    bus: Bus
    clock: Clock
    /** From 0 to 1. */
    random: () => number
    newId: () => string
    log: (text: string) => void
    settings?: JobsSettings
}

/** Jobs of one name in a store: makes them, sends them when they are due, and follows them to their end. */
export class Jobs {
    /** On the bus, what becomes of them: {@link JobChanges}. */
    readonly topic: string
    readonly #o: JobsOptions
    readonly #dispatcher: Dispatcher
    readonly #parts: JobParts
    readonly #listeners: Listeners<(job: Job) => void>
    readonly #restart: RestartReport
    #attached = 0
    #ending = new AbortController()
    /** How many have not ended, once they were counted. */
    #open = 0
    #counting: Promise<void> | undefined
    #isCounted = false
    readonly #writing = new Set<Promise<unknown>>()

    constructor(options: JobsOptions) {
        const { name, repository, settings = {}, newId, log, bus, clock } = options
        this.#o = options
        this.topic = `jobs/${name}/events`
        this.#listeners = new Listeners(log)
        this.#restart = new RestartReport((restart) => bus.publish(this.topic, { restart }))
        const rounded = (outcomes: readonly Outcome[], isLast: boolean) => this.#restart.add(outcomes, isLast)
        this.#dispatcher = new Dispatcher({ queue: name, tasks: options.tasks, repository, clock, rounded, log })
        this.#parts = { queue: name, repository, dispatcher: this.#dispatcher }
        repository.join(name, { newId, retention: settings.retention ?? RETENTION }, (outcomes) => this.#committed(outcomes))
    }

    /**
     * Adds a job; resolves once it is committed. With a key it takes the place of those with that key that were not sent yet; one that is
     * the same stays, and is returned. @throws {@link Refusal} 429 `TOO_MANY_JOBS`, 503 `STORE_UNAVAILABLE`
     */
    async add(order: JobOrder, { id = this.#o.newId(), key = null }: { id?: string; key?: string | null | undefined } = {}): Promise<Job> {
        const { name: queue, clock, repository, settings } = this.#o
        // Ten thousand may be added in one turn of the event loop: a promise less for each of them shows.
        if (!this.#isCounted) await this.#counted()
        const record = recordOf(order, { id, queue, createdAt: clock.now(), key })
        checkCapacity(this.#open, record.payload, settings?.most)
        this.#open++
        try {
            const job = key === null ? record : await this.#settle(addByKey(this.#parts, key, record))
            if (key === null) await this.#settle(repository.add(record))
            return jobOf(job, job === record ? order : undefined)
        } finally {
            this.#open--
        }
    }

    /** The id of the job with a key: of the one that waits, or else the latest. @throws {@link Refusal} 404 `JOB_NOT_FOUND` */
    idOf = (key: string): Promise<string> => idByKey(this.#parts, key)

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async get(id: string): Promise<Job | undefined> {
        const record = await (await this.#written()).get(this.#o.name, id)
        return record && jobOf(record)
    }

    /** What has happened to a job, the first first; empty if there is no such job. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async history(id: string): Promise<HistoryEntry[]> {
        return await (await this.#written()).history(id)
    }

    /** Jobs by the time at which they are due. @throws {@link Refusal} 422 `BAD_INPUT`, 503 `STORE_UNAVAILABLE` */
    async list(given: JobsQuery = {}): Promise<JobsPage> {
        const query = readQuery(given)
        const { jobs, hasMore } = await (await this.#written()).list(this.#o.name, query)
        return pageOf(jobs, hasMore)
    }

    /** How many there are of some statuses; those that have ended may be a million, which takes a while. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async counts(statuses: readonly JobStatus[] = STATUSES): Promise<Partial<Record<JobStatus, number>>> {
        const counts = await (await this.#written()).counts(this.#o.name, statuses)
        return Object.fromEntries(counts.map(({ status, count }) => [status, count]))
    }

    /**
     * Cancels a job. One that is under way is asked to end, and forced when it has not within its time of grace, or cannot be asked.
     * @param options.series whether a repeating job ends with it: true by default
     * @throws {@link Refusal} 404 `JOB_NOT_FOUND`, 409 `JOB_ENDED`, 503 `STORE_UNAVAILABLE`
     */
    async cancel(id: string, { by, series = true }: { by?: string | undefined; series?: boolean } = {}): Promise<Job> {
        const before = await this.#find(id)
        const target = this.#dispatcher.targets.get(before.target)
        const event = { type: 'cancel', by, series, canAsk: target?.answers === true && target.port.cancel !== undefined } as const
        // The id of any run stands for all of a repeating job.
        const isOver = series && hasEnded(before) && before.series !== null
        const successor = isOver ? await this.#o.repository.planned(this.#o.name, before.series!) : undefined
        const { job, taken, refusal } = await this.#try((successor ?? before).id, event)
        // A run of it was sent just then: the next one is cancelled.
        if (refusal && series && before.series !== null && !(isOver && !successor)) return await this.cancel(id, { by, series })
        if (refusal) throw refusal
        if (taken && job.cancelling) target?.port.cancel?.(attemptOf(job))
        if (series && job.series !== null) await cancelUnsent(this.#parts, job.series, event)
        return jobOf(job)
    }

    /**
     * Has a job run now that waits for its time, or for its next attempt.
     * @param options.schedule of a repeating job: `keep`, by default, runs it once more; `consume` runs the planned one now
     * @returns the job that runs now
     * @throws {@link Refusal} 404 `JOB_NOT_FOUND`, 409 `JOB_SENT`, `JOB_ENDED`, 503 `STORE_UNAVAILABLE`
     */
    async force(id: string, { by, schedule = 'keep' }: { by?: string | undefined; schedule?: 'keep' | 'consume' } = {}): Promise<Job> {
        const { job, extra } = await this.#apply(id, { type: 'force', by, schedule })
        return jobOf(extra ?? job)
    }

    /** Has a job run again that has not succeeded. @throws {@link Refusal} 404 `JOB_NOT_FOUND`, 409 `JOB_NOT_ENDED`, `JOB_ENDED` */
    async retry(id: string, { by }: { by?: string | undefined } = {}): Promise<Job> {
        return jobOf((await this.#apply(id, { type: 'retry', by })).job)
    }

    /** Removes a job that has ended. @throws {@link Refusal} 404 `JOB_NOT_FOUND`, 409 `JOB_NOT_ENDED`, 503 `STORE_UNAVAILABLE` */
    async remove(id: string): Promise<void> {
        await this.#find(id)
        if (!(await this.#o.repository.remove(this.#o.name, id)))
            throw new Refusal(409, 'JOB_NOT_ENDED', `the job ${id} has not ended yet: cancel it first`)
        this.#o.bus.publish(this.topic, { removed: [id] })
    }

    /**
     * Takes what a robot says of a job; resolves once that is committed.
     * @throws {@link Refusal} 409 `AMBIGUOUS_JOB`, 413 `TOO_LARGE`, 422 `BAD_INPUT`, 503 `STORE_UNAVAILABLE`
     */
    async report(given: Answer): Promise<Reported> {
        const answer = answerOf(given)
        const id = answer.jobId ?? (await onlyInFlight(this.#parts, answer.target))
        const outcome = id === undefined ? undefined : await this.#settle(this.#dispatcher.change(id, { type: 'answer', answer }))
        if (!outcome) return { job: undefined, taken: false, reason: 'unknown' }
        return { job: jobOf(outcome.job), taken: outcome.taken, ...(outcome.stray && { reason: outcome.stray }) }
    }

    /** Is told of each job that has ended, until the signal aborts. */
    onEnded(listener: (job: Job) => void, signal: AbortSignal): void {
        this.#listeners.add(listener, signal)
    }

    /** Sends what is due by a port, until the signal aborts. */
    attach(port: JobPort, options: PortOptions, signal: AbortSignal): JobDelivery {
        if (!signal.aborted) {
            if (this.#attached++ === 0) this.#start()
            const leave = () => {
                for (const name of this.#dispatcher.targets.names(port)) this.#dispatcher.leave(name, port)
                if (--this.#attached === 0) this.#ending.abort()
            }
            signal.addEventListener('abort', leave, { once: true })
        }
        return {
            connect: (name, running) => this.#connect(new Target(name, port, options, running !== undefined), running, signal),
            disconnect: (name) => this.#dispatcher.leave(name, port),
        }
    }

    /** When the next one is due, as far as that is known: in milliseconds since 1970. */
    get nextDueAt(): number | null {
        return this.#dispatcher.dueAt
    }

    /** The wall clock was set: looks at once for what is due. */
    clockSet(): void {
        this.#o.tasks.wallAgenda.clockSet()
        this.#dispatcher.run()
    }

    /** Resolves once what is being written is in the store. */
    async settled(): Promise<void> {
        await Promise.allSettled([...this.#writing, this.#dispatcher.settled()])
    }

    /** They are counted when the first one is added: a start takes no longer, however many there are. */
    async #counted(): Promise<void> {
        this.#counting ??= this.counts(OPEN).then(({ scheduled = 0, due = 0, sent = 0, running = 0 }) => {
            this.#open = scheduled + due + sent + running
            this.#isCounted = true
        })
        try {
            await this.#counting
        } catch (error) {
            this.#counting = undefined
            throw error
        }
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        this.#restart.begin(this.#o.clock.now())
        this.#o.onHealth(({ ok }) => ok && this.#dispatcher.resume(), signal)
        this.#dispatcher.start(signal)
    }

    async #connect(target: Target, running: readonly Running[] | undefined, signal: AbortSignal): Promise<Handshake> {
        const { clock, random } = this.#o
        const none = { adopted: [], lost: [], drop: [] }
        if (signal.aborted) return none
        this.#dispatcher.targets.add(target)
        // What was sent to flows is sent again when their time is over: they have it, or another process has just sent it.
        const handshake = target.name === '' ? none : await retryUntil(clock, signal, () => shakeHands(this.#parts, target, running))
        const jitter = random() * (target.options.jitter ?? 0)
        if (jitter > 0) clock.after(jitter, () => this.#dispatcher.begin(target))
        else this.#dispatcher.begin(target)
        return handshake ?? none
    }

    async #find(id: string): Promise<JobRecord> {
        const record = await (await this.#written()).get(this.#o.name, id)
        if (!record) throw notFound(id)
        return record
    }

    async #apply(id: string, event: JobEvent): Promise<Outcome> {
        const outcome = await this.#try(id, event)
        if (outcome.refusal) throw outcome.refusal
        return outcome
    }

    async #try(id: string, event: JobEvent): Promise<Outcome> {
        const outcome = await this.#settle(this.#dispatcher.change(id, event))
        if (!outcome) throw notFound(id)
        return outcome
    }

    /** What is read is as it is now: messages that were sent are written down before. */
    async #written(): Promise<JobRepository> {
        await this.#dispatcher.written()
        return this.#o.repository
    }

    #committed(outcomes: readonly Outcome[]): void {
        this.#dispatcher.follow(outcomes)
        for (const { before, job } of outcomes)
            this.#open += Number(!hasEnded(job)) - Number(before !== null && !hasEnded({ status: before }))
        const { bus } = this.#o
        const changes = bus.isHeard(this.topic) ? changesOf(outcomes) : []
        if (changes.length > 0) bus.publish(this.topic, { changes })
        for (const { before, job } of this.#listeners.size > 0 ? outcomes : [])
            if (hasEnded(job) && (before === null || !hasEnded({ status: before }))) {
                const ended = jobOf(job)
                this.#listeners.tell((listener) => listener(ended))
            }
    }

    #settle<T>(work: Promise<T>): Promise<T> {
        // Many may be written together.
        if (this.#writing.has(work)) return work
        this.#writing.add(work)
        const end = () => this.#writing.delete(work)
        work.then(end, end)
        return work
    }
}

const notFound = (id: string): Refusal => new Refusal(404, 'JOB_NOT_FOUND', `there is no job ${id}; those that ended long ago were deleted`)
