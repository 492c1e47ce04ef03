import { afterTurn, type Clock, turn } from '../lib/index.ts'
import { type Tasks, Wakeup } from '../tasks/index.ts'
import { DueSoon, type SoonJob } from './due-soon.ts'
import { Messages } from './messages.ts'
import type { JobRecord } from './record.ts'
import type { JobRepository } from './repository.ts'
import type { Times } from './steps.ts'
import type { Target } from './targets.ts'
import type { Outcome } from './working-set.ts'

/** Jobs that are read in one go. */
const PAGE = 500
/** Milliseconds for which messages are sent in one turn of the event loop. */
const LONGEST_TURN = 5
const NEVER = Number.POSITIVE_INFINITY

export interface DueQueueParts {
    queue: string
    tasks: Tasks
    repository: JobRepository
    clock: Clock
    times(): Times
    /** What takes messages at once, without their waiting behind others; undefined if there is nothing. @param underWay how many it has */
    taker(underWay: number): Target | undefined
    /** There is something for the next round. */
    run(): void
    /** Is told of all that was sent. */
    marked(outcomes: readonly Outcome[]): void
    /** Whoever was to take messages says that it is away. */
    away(target: Target): void
    log(text: string): void
}

/** Has those jobs in memory that are due soon. When they are due, it sends what need not be committed before, and keeps the rest for a round. */
export class DueQueue {
    readonly #p: DueQueueParts
    readonly #soon: DueSoon
    readonly #messages: Messages
    readonly #wakeup: Wakeup
    /** Those that have become due, and go with the next round. */
    #fallen: SoonJob[] = []
    #isOpen = false
    /** Whether more is sent in the next turn. */
    #isSending = false
    /** How often the store had been opened when those that are due soon were read. */
    #opened = 0

    constructor(parts: DueQueueParts) {
        const { tasks, clock, repository } = parts
        this.#p = parts
        this.#soon = new DueSoon(repository.inMemory)
        this.#messages = new Messages({
            ...parts,
            soon: this.#soon,
            marked: (outcomes) => {
                parts.marked(outcomes)
                this.arm()
            },
            isOpen: () => this.#isOpen,
            isDue: (ms) => (this.#soon.firstAt ?? NEVER) <= clock.now() + ms,
        })
        this.#wakeup = new Wakeup(
            tasks.wallAgenda,
            () => clock.now(),
            () => this.#send(),
        )
    }

    open(): void {
        this.#isOpen = true
        this.writeAgain()
    }

    /** Tries again to write down what was sent. */
    writeAgain(): void {
        this.#messages.again()
    }

    /** Resolves once what was sent by now is written down, or cannot be now. */
    written(): Promise<void> {
        return this.#messages.written()
    }

    /** Sends nothing any more, and writes down what was sent. */
    close(): void {
        this.#isOpen = false
        this.forget()
        this.#wakeup.cancel()
        void this.#messages.settled()
    }

    /** Resolves once all is written down that was sent, or cannot be now. */
    settled(): Promise<void> {
        return this.#messages.settled()
    }

    /** When the next one is due, as far as that is known: in milliseconds since 1970. */
    get dueAt(): number | null {
        const at = Math.min(this.#soon.firstAt ?? NEVER, this.#soon.end.dueAt)
        return Number.isFinite(at) ? at : null
    }

    /** Whether nothing is due, nor being sent. */
    get isIdle(): boolean {
        return !this.#isDue && this.#soon.end.dueAt > this.#p.clock.now() && this.#soon.sending === 0
    }

    get hasFallen(): boolean {
        return this.#fallen.length > 0
    }

    /** A job waits for its time. {@link arm} has to be called after that. */
    add(record: JobRecord): void {
        this.#soon.add(record, this.#p.clock.now())
    }

    /** Keeps a job from being sent while something happens to it. Resolves once what was sent of it is written down. */
    async hold(id: string): Promise<void> {
        if (this.#soon.sending > 0) {
            this.#messages.again()
            void this.#messages.written()
        }
        await this.#soon.hold(id)
    }

    /** What happened to a job is known; or it is not, and those that are due soon have to be read anew. */
    release(id: string, isKnown: boolean, job: JobRecord | undefined): void {
        this.#soon.release(id)
        if (!isKnown) this.#soon.clear()
        else if (job?.status === 'scheduled') this.add(job)
        this.arm()
    }

    /** Nothing is sent from memory any more: those that are due soon have to be read anew. */
    forget(): void {
        this.#soon.done(this.#fallen.splice(0))
        this.#soon.clear()
    }

    /** Looks for what others have left. */
    look(): void {
        if (this.#soon.isShared) this.#soon.clear()
    }

    /** Takes those that have fallen due, for a round. */
    take(): SoonJob[] {
        return this.#fallen.splice(0, PAGE)
    }

    /** A round has ended. @param wall what time it was */
    done(fallen: readonly SoonJob[], wall: number): void {
        this.#soon.done(fallen)
        // The clock was set back meanwhile.
        for (const { record } of fallen) if (record.dueAt > wall) this.add(record)
    }

    /** Reads those that are due soon. */
    async load(): Promise<void> {
        const { repository, queue, clock } = this.#p
        for (let isFirst = true; this.#isOpen && this.#isToLook; isFirst = false) {
            if (!isFirst) await turn()
            this.#opened = repository.opened
            await this.#soon.load(clock.now(), PAGE, (from, limit) => repository.soon(queue, from, limit))
            this.#send()
        }
    }

    /** Wakes when the next one is due, or is to be looked for. */
    arm(): void {
        if (!this.#isOpen || this.#isSending) return
        this.#check()
        const now = this.#p.clock.now()
        const { firstAt, lookAt } = this.#soon
        if (firstAt !== undefined) this.#wakeup.after(firstAt - now)
        if (lookAt === undefined) return
        if (lookAt > now) this.#wakeup.after(lookAt - now)
        else this.#p.run()
    }

    /** The database may be another one, in which others are due. */
    #check(): void {
        if (this.#opened === this.#p.repository.opened) return
        this.#soon.clear()
        this.#p.run()
    }

    #send(): void {
        if (!this.#isOpen || this.#isSending) return
        const { clock, taker, run } = this.#p
        this.#check()
        const began = clock.monotonic()
        for (let now = clock.now(), job = this.#soon.take(now); job; now = clock.now(), job = this.#soon.take(now)) {
            const target = job.message && taker(this.#messages.underWay)
            if (target) this.#messages.send(job, target, now)
            else this.#fallen.push(job)
            if (clock.monotonic() - began > LONGEST_TURN) break
        }
        if (this.hasFallen || this.#isToLook) run()
        if (!this.#isDue) this.arm()
        else {
            this.#isSending = true
            afterTurn(() => {
                this.#isSending = false
                this.#send()
            })
        }
    }

    get #isDue(): boolean {
        return (this.#soon.firstAt ?? NEVER) <= this.#p.clock.now()
    }

    get #isToLook(): boolean {
        return (this.#soon.lookAt ?? NEVER) <= this.#p.clock.now()
    }
}
