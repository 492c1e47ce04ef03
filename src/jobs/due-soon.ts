import type { Job } from './job.ts'
import { type JobRecord, jobOf, policyOf, scheduleOf } from './record.ts'
import { nextRun } from './schedule.ts'

/** Milliseconds before the first of those that are not in memory is due that they are taken into it. */
const NEAR = 2000
/** Those that are due within so many milliseconds are taken. */
const LEAD = 3000
/** Jobs, and bytes of them, that are in memory at the same time. */
const [MOST, MOST_BYTES] = [100_000, 67_108_864]
/** What a job takes without its texts, about. */
const OWN_BYTES = 600

/** A job that is due soon, or whose sending is not written down yet. */
export interface SoonJob {
    readonly record: JobRecord
    /** As a flow gets it; undefined for what is sent only once that is committed. */
    readonly message: Job | undefined
    readonly owner: DueSoon
    readonly bytes: number
    /** Whether it waits for its time here, is being sent, was sent but that cannot be written down at all, or has left. */
    state: 'waits' | 'sending' | 'unwritable' | 'left'
    /** Resolves once it has left. */
    left: PromiseWithResolvers<void> | undefined
}

/** Which jobs are in memory, by id: what works on the same database in this process leaves them alone. */
export type InMemory = Map<string, SoonJob>

/** A place in the order of due times: of two at the same time the one that was added first comes first. */
export interface Place {
    dueAt: number
    seq: number
}

interface Reading {
    changed: Set<string>
    added: Map<string, JobRecord>
}

const NOWHERE: Place = { dueAt: Number.NEGATIVE_INFINITY, seq: 0 }

/**
 * The jobs that are due soon, in the order of their times: all up to {@link DueSoon.end} are here, but for those that something is just
 * happening to.
 */
export class DueSoon {
    readonly #known: InMemory
    readonly #most: number
    /** From `#head` on. */
    #list: SoonJob[] = []
    #head = 0
    #count = 0
    #bytes = 0
    /** Whether some were left to another who works on the same database. */
    isShared = false
    /** How many things are happening to a job. */
    readonly #held = new Map<string, number>()
    /** While the store is read: what has changed since, and those that were added behind the end. */
    #reading: Reading | undefined
    /** All before that are here. */
    end = NOWHERE

    /** @param most jobs that are in memory at the same time */
    constructor(known: InMemory, most = MOST) {
        this.#known = known
        this.#most = most
    }

    /** When the first one is due; undefined if none is here. */
    get firstAt(): number | undefined {
        for (; this.#head < this.#list.length; this.#head++) {
            const first = this.#list[this.#head]!
            if (first.state === 'waits') return first.record.dueAt
        }
        return undefined
    }

    /** How many are being sent. */
    sending = 0

    get #isFull(): boolean {
        return this.#count >= this.#most || this.#bytes >= MOST_BYTES
    }

    /** When the first one that is not here has to be looked for; undefined if there is none, or no room. */
    get lookAt(): number | undefined {
        return this.#isFull || this.end.dueAt === Number.POSITIVE_INFINITY ? undefined : this.end.dueAt - NEAR
    }

    /** How many may be read. */
    get room(): number {
        return this.#isFull ? 0 : this.#most - this.#count
    }

    /** A job was added, or is as it was before. @param now milliseconds since 1970 */
    add(record: JobRecord, now: number): void {
        const { id, dueAt } = record
        if (this.#held.has(id)) return
        if (dueAt >= this.end.dueAt) return void this.#reading?.added.set(id, record)
        if (dueAt <= now + LEAD && this.#hasRoom(dueAt)) this.#insert(record)
        else this.end = { dueAt, seq: 0 }
    }

    /** Takes what was read from {@link end} on. @param read reads so many of those that are due from a place on, soonest first */
    async load(now: number, most: number, read: (from: Place, limit: number) => Promise<{ job: JobRecord; seq: number }[]>): Promise<void> {
        const reading: Reading = { changed: new Set(), added: new Map() }
        this.#reading = reading
        const limit = Math.min(most, this.room)
        const from = this.end
        try {
            const rows = await read(from, limit)
            // It was cleared meanwhile, or somebody was added who is due sooner.
            if (this.#reading !== reading || this.end !== from) return
            const until = rows.findIndex(({ job }) => job.dueAt > now + LEAD)
            const soon = until === -1 ? rows : rows.slice(0, until)
            for (const { job } of soon) if (!reading.changed.has(job.id)) this.#insert(job)
            const [next, last] = [rows[until], rows.at(-1)]
            if (next) this.end = { dueAt: next.job.dueAt, seq: next.seq }
            else if (rows.length < limit) this.end = { dueAt: Number.POSITIVE_INFINITY, seq: 0 }
            else this.end = { dueAt: last!.job.dueAt, seq: last!.seq + 1 }
        } finally {
            if (this.#reading === reading) this.#reading = undefined
            for (const record of reading.added.values()) this.add(record, now)
        }
    }

    /** Takes the first one that is due. @param now milliseconds since 1970 */
    take(now: number): SoonJob | undefined {
        const at = this.firstAt
        if (at === undefined || at > now) return undefined
        const job = this.#list[this.#head++]!
        job.state = 'sending'
        this.sending++
        if (this.#head > 1000 && this.#head * 2 > this.#list.length) {
            this.#list = this.#list.slice(this.#head)
            this.#head = 0
        }
        return job
    }

    /** What became of those that were taken cannot be written down now: whoever waits for that is told why. */
    failed(jobs: readonly SoonJob[], error: unknown): void {
        for (const job of jobs) {
            job.left?.reject(error)
            job.left = undefined
        }
    }

    /** What became of those that were taken is in the store. */
    done(jobs: readonly SoonJob[]): void {
        for (const job of jobs) {
            this.#changed(job.record.id)
            this.sending--
            this.#forget(job)
        }
    }

    /** That it was sent cannot be written down at all: it is not sent again by this process, and whatever else happens to it goes on. */
    unwritable(job: SoonJob): void {
        this.sending--
        job.state = 'unwritable'
        job.left?.resolve()
    }

    /** Forgets all but what is being sent: what they are now has to be read. */
    clear(): void {
        for (const job of this.#list.slice(this.#head)) if (job.state === 'waits') this.#forget(job)
        this.#list = []
        this.#head = 0
        this.isShared = false
        this.#reading = undefined
        this.end = NOWHERE
    }

    /** Something is to happen to a job: it is not sent until {@link release}. Resolves once what was being sent is in the store. */
    async hold(id: string): Promise<void> {
        this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
        for (let job = this.#own(id); job; job = this.#own(id)) {
            if (job.state === 'sending') {
                job.left ??= Promise.withResolvers()
                await job.left.promise
            } else this.#forget(job)
        }
    }

    release(id: string): void {
        this.#changed(id)
        const left = this.#held.get(id)! - 1
        if (left > 0) this.#held.set(id, left)
        else this.#held.delete(id)
    }

    /** What is being read of it, or was added meanwhile, is not so any more. */
    #changed(id: string): void {
        this.#reading?.changed.add(id)
        this.#reading?.added.delete(id)
    }

    /** Whether there is room for a job, once those have gone that are due later. */
    #hasRoom(dueAt: number): boolean {
        for (; this.#isFull; this.#list.pop()) {
            const last = this.#list.length > this.#head ? this.#list.at(-1)! : undefined
            if (!last || last.record.dueAt <= dueAt) return false
            if (last.state !== 'waits') continue
            if (last.record.dueAt <= this.end.dueAt) this.end = { dueAt: last.record.dueAt, seq: 0 }
            this.#forget(last)
        }
        return true
    }

    #own(id: string): SoonJob | undefined {
        const job = this.#known.get(id)
        return job?.owner === this ? job : undefined
    }

    #insert(record: JobRecord): void {
        const { id, payload, schedule } = record
        const known = this.#known.get(id)
        if (known && known.owner !== this) this.isShared = true
        if (known || this.#held.has(id)) return
        const bytes = OWN_BYTES + 2 * (payload.length + schedule.length)
        const job: SoonJob = { record, message: messageOf(record), owner: this, bytes, state: 'waits', left: undefined }
        this.#known.set(id, job)
        this.#count++
        this.#bytes += bytes
        const list = this.#list
        let [low, high] = [this.#head, list.length]
        // Most go behind all that are here.
        if (high > low && isBefore(list[high - 1]!.record, record)) low = high
        while (low < high) {
            const middle = (low + high) >> 1
            if (isBefore(list[middle]!.record, record)) low = middle + 1
            else high = middle
        }
        if (low === list.length) list.push(job)
        else list.splice(low, 0, job)
    }

    #forget(job: SoonJob): void {
        job.state = 'left'
        this.#known.delete(job.record.id)
        this.#count--
        this.#bytes -= job.bytes
        job.left?.resolve()
    }
}

/** Whether one goes before another that was added after it. */
const isBefore = (a: JobRecord, b: JobRecord): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.priority >= b.priority)

/**
 * What a flow is given of a message that may be sent before that is committed: one that is sent again after a kill, however late that is.
 * What cannot be read is none: it fails when it falls due.
 */
function messageOf(record: JobRecord): Job | undefined {
    try {
        const { misfire, ttl } = policyOf(record)
        if (record.target !== '' || misfire !== 'runOnce' || ttl !== null) return undefined
        if (record.series !== null) nextRun(scheduleOf(record), record.dueAt)
        const job = jobOf(record)
        job.status = 'sent'
        job.phases = { schedule: 'due', delivery: 'sent', execution: 'none' }
        job.attempt = 1
        job.fence = record.fence + 1
        return job
    } catch {
        return undefined
    }
}
