import { afterTurn, backoff, type Clock, messageOf } from '../lib/index.ts'
import { isAway } from '../tasks/index.ts'
import type { DueSoon, SoonJob } from './due-soon.ts'
import type { Delivered } from './machine.ts'
import type { Fired, JobRepository } from './repository.ts'
import type { Times } from './steps.ts'
import type { Attempt, Target } from './targets.ts'
import type { Outcome } from './working-set.ts'

/** Messages that are written down in one commit: a turn of the event loop stays short. */
const PORTION = 250
/** Milliseconds for which that is put off at the most while more are due, and while there are not many, but more are due in that time. */
const [LONGEST_WAIT, GATHER] = [250, 20]
/** Milliseconds between two looks at whether there are many. */
const LOOK = 5

export interface MessagesParts {
    queue: string
    repository: Pick<JobRepository, 'mark'>
    soon: DueSoon
    clock: Clock
    times(): Times
    marked(outcomes: readonly Outcome[]): void
    /** Whoever was to take messages says that it is away. */
    away(target: Target): void
    /** Whether anybody is attached. */
    isOpen(): boolean
    /** Whether more are to be sent within so many milliseconds. */
    isDue(ms: number): boolean
    log(text: string): void
}

/** A message that was sent, and what is to be written down of that. */
interface Sent {
    soon: SoonJob
    fired: Fired
}

/** Hands an attempt over. What goes wrong is no more than an attempt that has failed. */
export function handOver(port: Target['port'], attempt: Attempt, log: (text: string) => void): Delivered | Promise<Delivered> {
    const failed = (error: unknown): Delivered => {
        log(`the job ${attempt.job.id} could not be handed over: ${messageOf(error)}`)
        return { failed: messageOf(error), again: true }
    }
    try {
        const delivered = port.send(attempt)
        return delivered instanceof Promise ? delivered.catch(failed) : delivered
    } catch (error) {
        return failed(error)
    }
}

/** Sends messages at once, and writes down afterwards what became of them, many in one commit: after a kill they are sent again. */
export class Messages {
    readonly #p: MessagesParts
    /** What has yet to be written down. */
    readonly #sent: Sent[] = []
    /** How many flows have been given, and have yet to take. */
    underWay = 0
    #isAsked = false
    #tries = 0
    /** Takes back the next try, while the store is away. */
    #cancel: (() => void) | undefined
    readonly #writing = new Set<Promise<void>>()

    constructor(parts: MessagesParts) {
        this.#p = parts
    }

    /** @param now what time it is, by the wall clock */
    send(soon: SoonJob, target: Target, now: number): void {
        const { times, log } = this.#p
        const at = { wall: Math.floor(now), task: times().task }
        const job = soon.message!
        const { attempt, fence, dueAt } = job
        const lateness = at.wall - dueAt
        job.sentAt = at.wall
        job.lateness = lateness
        const delivered = handOver(target.port, { job, attempt, fence, lateness }, log)
        if (!(delivered instanceof Promise)) return void this.#delivered(soon, target, at, delivered, at)
        this.underWay++
        void delivered.then((what) => {
            this.underWay--
            this.#delivered(soon, target, at, what, times())
        })
    }

    /** Writes down at once all that was sent by now. Resolves once that has succeeded or failed. */
    async written(): Promise<void> {
        while (this.#sent.length > 0 && !this.#cancel) void this.#write()
        await Promise.all(this.#writing)
    }

    /** Writes down all that is sent, until there is no more. */
    async settled(): Promise<void> {
        do await this.written()
        while (this.#sent.length > 0 && !this.#cancel)
    }

    /** Tries again what could not be written down. */
    again(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#ask()
    }

    #delivered(soon: SoonJob, target: Target, at: Times, delivered: Delivered, endedAt: Times): void {
        if (delivered === 'away') this.#p.away(target)
        this.#sent.push({ soon, fired: { job: soon.record, at, delivered, endedAt } })
        this.#ask()
    }

    #ask(): void {
        if (this.#isAsked || this.#cancel || this.#sent.length === 0 || this.#writing.size > 0) return
        this.#isAsked = true
        const { clock, isDue } = this.#p
        const began = clock.monotonic()
        const write = () => {
            const waited = clock.monotonic() - began
            if (isDue(0) && waited < LONGEST_WAIT) return afterTurn(write)
            if (this.#sent.length < PORTION && waited < GATHER && isDue(GATHER)) return void clock.after(LOOK, write)
            this.#isAsked = false
            if (this.#sent.length > 0 && this.#writing.size === 0 && !this.#cancel) void this.#write()
        }
        afterTurn(write)
    }

    #write(): Promise<void> {
        const portion = this.#sent.splice(0, PORTION)
        const written = this.#mark(portion).finally(() => {
            this.#writing.delete(written)
            this.#ask()
        })
        this.#writing.add(written)
        return written
    }

    async #mark(portion: Sent[]): Promise<void> {
        const { repository, queue, soon, marked } = this.#p
        const fired = portion.map((one) => one.fired)
        let outcomes: readonly Outcome[]
        try {
            outcomes = await repository.mark(queue, fired)
        } catch (error) {
            return await this.#apart(portion, error)
        }
        this.#tries = 0
        soon.done(portion.map((one) => one.soon))
        marked(outcomes)
    }

    /** What cannot be written down at all keeps nothing else from being: it is sent again by the next process only. */
    async #apart(portion: Sent[], error: unknown): Promise<void> {
        if (isAway(error)) {
            this.#sent.unshift(...portion)
            this.#away(error)
        } else if (portion.length > 1) for (const one of portion) await this.#mark([one])
        else {
            this.#p.log(`it cannot be written down that the job ${portion[0]!.fired.job.id} was sent: ${messageOf(error)}`)
            this.#p.soon.unwritable(portion[0]!.soon)
        }
    }

    #away(error: unknown): void {
        const { soon, clock, isOpen } = this.#p
        soon.clear()
        soon.failed(
            this.#sent.map((one) => one.soon),
            error,
        )
        this.#cancel?.()
        this.#cancel = isOpen() ? clock.after(backoff(++this.#tries), () => this.again()) : () => {}
    }
}
