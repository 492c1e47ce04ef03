import { backoff, type Clock, messageOf, retryUntil } from '../lib/index.ts'
import { isAway, type Tasks, TaskTime, Wakeup } from '../tasks/index.ts'
import { DueQueue } from './due-queue.ts'
import { handOver } from './messages.ts'
import type { JobRecord } from './record.ts'
import type { Change, JobRepository, RoundResult } from './repository.ts'
import type { Times } from './steps.ts'
import { attemptOf, type JobPort, type Target, Targets } from './targets.ts'
import type { Outcome } from './working-set.ts'

/** Jobs, and targets, that are looked at in one commit. */
const PAGE = 500
/** Milliseconds between two looks at what others have left, and at whether the wall clock was set. */
const LOOK = 30_000
/** Jobs under way at a target that are known of. */
const MOST_UNDER_WAY = 1000

export interface DispatcherParts {
    queue: string
    tasks: Tasks
    repository: JobRepository
    clock: Clock
    /** Is told of all that fell due in each round. */
    rounded(outcomes: readonly Outcome[], isLast: boolean): void
    log(text: string): void
}

/**
 * Has jobs become due and sends them, one round after the other: each is one commit. Nothing else sends any, but for messages that nobody
 * waits before: they are sent when they are due, and written down after that.
 */
export class Dispatcher {
    readonly targets = new Targets()
    readonly #p: DispatcherParts
    readonly #time: TaskTime
    /** Jobs that were handed over, and what came of it is not in the store yet. */
    readonly settling = new Set<string>()
    /** The round, and what is being written down of those that were handed over. */
    readonly #writing = new Set<Promise<unknown>>()
    readonly #due: DueQueue
    readonly #deadlineWakeup: Wakeup
    readonly #lookWakeup: Wakeup
    #shifting: Promise<unknown> | undefined
    /** Aborts when nobody is attached any more. */
    #signal = AbortSignal.abort()
    #isOpen = false
    #isRunning = false
    #isToRun = false
    #tries = 0

    constructor(parts: DispatcherParts) {
        const { tasks, clock } = parts
        this.#p = parts
        this.#time = new TaskTime(clock)
        this.#due = new DueQueue({
            ...parts,
            times: () => this.times(),
            taker: (underWay) => this.targets.taker(clock.monotonic(), underWay),
            run: () => this.run(),
            marked: (outcomes) => parts.rounded(outcomes, this.#due.isIdle),
            away: (target) => this.#left(target),
        })
        this.#deadlineWakeup = new Wakeup(
            tasks.agenda,
            () => clock.monotonic(),
            () => this.run(),
        )
        this.#lookWakeup = new Wakeup(
            tasks.agenda,
            () => clock.monotonic(),
            () => this.#look(),
        )
    }

    /** Works until the signal aborts, once the store is there; what was sent then stays as it is. */
    start(signal: AbortSignal): void {
        const { tasks, queue } = this.#p
        this.#signal = signal
        tasks.join({ name: { kind: 'job', queue }, isWall: true, changed: () => {}, moved: () => {} }, signal)
        const close = () => {
            this.#isOpen = false
            this.#due.close()
            for (const wakeup of [this.#deadlineWakeup, this.#lookWakeup]) wakeup.cancel()
        }
        signal.addEventListener('abort', close, { once: true })
        const open = () => {
            if (signal.aborted) return
            this.#isOpen = true
            this.#due.open()
            this.#look()
        }
        tasks.parts.ready(signal).then(open, () => {})
    }

    times(): Times {
        return { wall: Math.floor(this.#p.clock.now()), task: this.#time.now() }
    }

    /** When the next one is due, as far as that is known: in milliseconds since 1970. */
    get dueAt(): number | null {
        return this.#due.dueAt
    }

    /** Follows jobs to where they are now. */
    follow(outcomes: readonly Outcome[]): void {
        const last = new Map(outcomes.map(({ job }) => [job.id, job]))
        for (const job of last.values()) {
            if (this.targets.follow(job)) this.run()
            if (job.status === 'scheduled') this.#due.add(job)
            else if (job.deadlineAt !== null && !this.#signal.aborted) this.#deadlineWakeup.after(job.deadlineAt - this.#time.now())
        }
        this.#due.arm()
    }

    /** Resolves once it is written down what was sent by now, or cannot be now. */
    written(): Promise<void> {
        return this.#due.written()
    }

    /** Resolves once all is written down that was sent, or cannot be now. */
    async settled(): Promise<void> {
        // A round, and what came of it.
        for (let i = 0; i < 2; i++) await Promise.allSettled(this.#writing)
        await this.#due.settled()
    }

    /** A target can be sent to: what is under way at it is known. */
    begin(target: Target): void {
        target.isOpen = true
        target.gone.clear()
        if (this.targets.has(target)) this.run()
    }

    /** A target of a port has gone. What goes to that of another port from now on is what waits; what is under way stays so. */
    leave(name: string, port: JobPort): void {
        const next = this.targets.remove(name, port)
        if (next) void this.#takeOver(next, this.#signal)
    }

    /** Finds out what is under way at a target, as far as we know. */
    async underWay(target: Target): Promise<JobRecord[]> {
        const { repository, queue } = this.#p
        const flying = await repository.inFlight(queue, target.name, MOST_UNDER_WAY)
        for (const { id } of flying) if (!target.gone.has(id)) target.flying.add(id)
        return flying
    }

    async #takeOver(target: Target, signal: AbortSignal): Promise<void> {
        if (target.name !== '') await retryUntil(this.#p.clock, signal, () => this.underWay(target))
        if (!signal.aborted) this.begin(target)
    }

    /** Looks for what is due, and for what can be sent. */
    run(): void {
        this.#isToRun = true
        if (this.#isOpen && !this.#isRunning) void this.#loop()
    }

    /** The store can be used again: does what had to wait for that. */
    resume(): void {
        this.#due.writeAgain()
        this.run()
    }

    /** Has something happen to a job. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async change(id: string, event: Change['event']): Promise<Outcome | undefined> {
        const { repository, queue } = this.#p
        let outcome: Outcome | undefined
        let isKnown = false
        try {
            await this.#due.hold(id)
            // Last of all: what is asked for after deadlines are moved, and before that is committed, would have one that is not.
            while (this.#shifting !== undefined) await this.#shifting.catch(() => {})
            outcome = await repository.change({ queue, id, event, now: () => this.times() })
            isKnown = true
            return outcome
        } finally {
            this.#due.release(id, isKnown, outcome?.job)
        }
    }

    #look(): void {
        this.#lookWakeup.after(LOOK)
        this.#due.look()
        this.run()
    }

    async #loop(): Promise<void> {
        const { log } = this.#p
        this.#isRunning = true
        while (this.#isToRun && !this.#signal.aborted) {
            this.#isToRun = false
            try {
                await this.#tracked(this.#round())
                this.#tries = 0
            } catch (error) {
                this.#due.forget()
                // What was asked for meanwhile is tried again later, too.
                this.#isToRun = false
                if (this.#signal.aborted) break
                // The store says itself why it is away.
                if (!isAway(error)) log(`jobs cannot be read: ${messageOf(error)}`)
                this.#deadlineWakeup.after(backoff(++this.#tries))
            }
        }
        // In the same turn as the last look at whether there is more to do: whoever calls from now on begins anew.
        this.#isRunning = false
    }

    async #round(): Promise<void> {
        await this.#follow()
        if (this.targets.isToLook) this.#isToRun = true
        else await this.#due.load()
        const { repository, queue, clock } = this.#p
        const now = this.times()
        const monotonic = clock.monotonic()
        let free: ReturnType<Targets['free']> = []
        const fallen = this.#due.take()
        const due = fallen.map(({ record }) => record)
        const result = await repository
            .round({
                ...{ queue, now, due, limit: PAGE, begin: () => this.targets.begin() },
                hasPlace: (job) => this.targets.reserve(job, monotonic),
                free: () => {
                    free = this.targets.free(monotonic, PAGE)
                    return free
                },
                isSettling: (id) => this.settling.has(id),
            })
            .finally(() => this.#due.done(fallen, now.wall))
        this.targets.begin()
        for (const one of free) this.targets.found(one, result.found.get(one.target) ?? 0)
        this.#armFor(result, now)
        this.#p.rounded(result.outcomes, this.#due.isIdle)
        for (const job of result.sent) this.#send(job, monotonic)
    }

    #armFor({ deadlineAt }: RoundResult, { task }: Times): void {
        if (deadlineAt !== null) this.#deadlineWakeup.after(deadlineAt - this.#time.now())
        const isMore = this.#due.hasFallen || (deadlineAt !== null && deadlineAt <= task)
        if (isMore || this.targets.free(this.#p.clock.monotonic(), 1).length > 0) this.#isToRun = true
        this.#due.arm()
    }

    #send(record: JobRecord, monotonic: number): void {
        const { id, target: name } = record
        const target = this.targets.get(name)
        if (target?.options.spacing) {
            target.pausedUntil = monotonic + target.options.spacing
            this.#deadlineWakeup.after(target.options.spacing)
        }
        this.settling.add(id)
        void this.#deliver(record, target).finally(() => this.settling.delete(id))
    }

    async #deliver(record: JobRecord, target: Target | undefined): Promise<void> {
        const { id, target: name, fence } = record
        const { clock, log } = this.#p
        // One that has just come back says first what it runs.
        const delivered = target?.isOpen ? await handOver(target.port, attemptOf(record), log) : 'away'
        if (delivered === 'away' && target?.isOpen) this.#left(target)
        if (delivered === 'sent' && name !== '') return
        const write = () => this.change(id, { type: 'delivered', fence, delivered })
        // Also when nobody is attached any more: otherwise it would be taken for sent.
        await this.#tracked(write()).catch(() => retryUntil(clock, this.#signal, write))
    }

    #tracked<T>(work: Promise<T>): Promise<T> {
        this.#writing.add(work)
        const end = () => this.#writing.delete(work)
        work.then(end, end)
        return work
    }

    /** Until it is connected again, a target is away for all jobs of its port. */
    #left(target: Target): void {
        if (this.targets.has(target)) this.leave(target.name, target.port)
    }

    /** Moves deadlines along when the wall clock was set: how long it is until then stays the same. */
    async #follow(): Promise<void> {
        const ms = this.#time.leap
        if (ms === 0) return
        const { repository, queue } = this.#p
        this.#shifting = repository.shift(queue, ms)
        try {
            await this.#shifting
            this.#time.move(ms)
        } finally {
            this.#shifting = undefined
        }
    }
}
