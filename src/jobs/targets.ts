import type { Job } from './job.ts'
import type { Delivered } from './machine.ts'
import { isInFlight, type JobRecord, jobOf } from './record.ts'

/** A job that is sent, for the first time or again. */
export interface Attempt {
    job: Job
    /** Counts from 1 how often it was sent since it became due. */
    attempt: number
    /** What an answer has to name: it grows by one whenever the job is sent. */
    fence: number
    /** How long after it was due it is sent for the first time, in milliseconds. */
    lateness: number
}

/** What a target is told of a job that is sent, or is to end. */
export const attemptOf = (record: JobRecord): Attempt => ({
    job: jobOf(record),
    attempt: record.attempt,
    fence: record.fence,
    lateness: record.lateness ?? 0,
})

/** How jobs get to their targets. */
export interface JobPort {
    /**
     * Hands an attempt over, for each target in the order of its jobs. Called once that it is sent is committed; for a message it may be
     * called before.
     */
    send(attempt: Attempt): Delivered | Promise<Delivered>
    /** Asks a target to end what it runs. */
    cancel?(attempt: Attempt): void
}

export interface PortOptions {
    /** How many jobs may be under way at a target at the same time: 1 by default. */
    inFlight?: number
    /** What waits for a target that comes back is sent within so many milliseconds: not all at once when many come back; 0 by default. */
    jitter?: number
    /** Milliseconds between two jobs that are sent to a target, at least; 0 by default. */
    spacing?: number
}

/** Messages that flows may be given at the same time. */
const MOST_MESSAGES = 1000

/** A target that can be sent to. */
export class Target {
    readonly name: string
    readonly port: JobPort
    readonly options: PortOptions
    /** Whether it says what it runs, and can be asked to end it. */
    readonly answers: boolean
    /** The ids of those that were sent to it and have not ended. */
    readonly flying = new Set<string>()
    /** Nothing is sent before that: what was under way at it is being found out. */
    isOpen = false
    /** Those that have ended while that is being found out. */
    readonly gone = new Set<string>()
    /** Nothing is sent before that, by the monotonic clock. */
    pausedUntil = 0
    /** Grows whenever a job may wait for it; those up to `looked` were looked for. */
    wanted = 1
    looked = 0
    /** Whether nobody has looked yet. */
    isNew = true
    /** Places that are taken by the round that is under way. */
    reserved = 0

    constructor(name: string, port: JobPort, options: PortOptions, answers = false) {
        this.answers = answers
        this.name = name
        this.port = port
        this.options = options
    }

    get mayWait(): boolean {
        return this.wanted !== this.looked
    }

    /** How many more can be sent to it. @param now of the monotonic clock */
    places(now: number): number {
        const { inFlight = 1, spacing = 0 } = this.options
        if (!this.isOpen || now < this.pausedUntil) return 0
        const limit = this.name === '' ? MOST_MESSAGES : inFlight
        const free = Math.max(limit - this.flying.size - this.reserved, 0)
        return spacing > 0 ? Math.min(free, 1 - this.reserved) : free
    }
}

/** The targets that can be sent to, and what is under way at them. */
export class Targets {
    readonly #all = new Map<string, Target>()
    /** Those of other ports that have the same name, the newest last. */
    readonly #others = new Map<string, readonly Target[]>()
    /** Those for which jobs may wait. */
    readonly #wanted = new Set<Target>()

    get(name: string): Target | undefined {
        return this.#all.get(name)
    }

    /** Adds a target, in place of what it was before. From now on it is sent to, and not those of other ports with its name. */
    add(target: Target): void {
        const { name, port } = target
        const before = this.#all.get(name)
        this.#keep(name, [...this.#othersOf(name, port), ...(before && before.port !== port ? [before] : [])])
        this.#set(name, target)
    }

    /** A target of a port has gone. @returns the one of another port that is sent to from now on, once it is open */
    remove(name: string, port: JobPort): Target | undefined {
        const others = this.#othersOf(name, port)
        const isCurrent = this.#all.get(name)?.port === port
        const last = isCurrent ? others.pop() : undefined
        this.#keep(name, others)
        // What is under way at it may have changed since.
        const next = last && new Target(name, last.port, last.options, last.answers)
        if (isCurrent) this.#set(name, next)
        return next
    }

    /** The names of those of a port. */
    names(port: JobPort): string[] {
        const targets = [...this.#all.values(), ...[...this.#others.values()].flat()]
        return targets.filter((target) => target.port === port).map(({ name }) => name)
    }

    #set(name: string, target: Target | undefined): void {
        const before = this.#all.get(name)
        if (before) this.#wanted.delete(before)
        if (!target) return void this.#all.delete(name)
        this.#all.set(name, target)
        this.#wanted.add(target)
    }

    #othersOf(name: string, port: JobPort): Target[] {
        return (this.#others.get(name) ?? []).filter((target) => target.port !== port)
    }

    #keep(name: string, others: readonly Target[]): void {
        if (others.length > 0) this.#others.set(name, others)
        else this.#others.delete(name)
    }

    /** Whether it is the one that is there now. */
    has(target: Target): boolean {
        return this.#all.get(target.name) === target
    }

    /** Follows a job to where it is now. @returns whether something may be sent that could not be before */
    follow(job: JobRecord): boolean {
        const target = this.#all.get(job.target)
        if (!target) return false
        if (isInFlight(job)) {
            target.flying.add(job.id)
            return false
        }
        const isFreed = target.flying.delete(job.id)
        if (!target.isOpen) target.gone.add(job.id)
        const isWaiting = job.status === 'due' && job.notBefore === null
        if (isWaiting) this.want(target)
        return isWaiting || (isFreed && target.mayWait)
    }

    /** Something may wait for a target. */
    want(target: Target): void {
        target.wanted++
        this.#wanted.add(target)
    }

    /** Begins a round: no place is taken. */
    begin(): void {
        for (const target of this.#reserved) target.reserved = 0
        this.#reserved.clear()
    }

    readonly #reserved = new Set<Target>()

    /** Takes a place for a job that nobody waits before. @param now of the monotonic clock */
    reserve({ target: name }: JobRecord, now: number): boolean {
        const target = this.#all.get(name)
        if (!target || target.mayWait || target.places(now) === 0) return false
        target.reserved++
        this.#reserved.add(target)
        return true
    }

    /** Whether messages may wait that have to be looked for before others are due. */
    get isToLook(): boolean {
        const target = this.#all.get('')
        return target?.isOpen === true && target.isNew
    }

    /** What takes a message that nobody waits before. @param now of the monotonic clock @param underWay how many it is just taking */
    taker(now: number, underWay: number): Target | undefined {
        const target = this.#all.get('')
        return target && !target.mayWait && !target.options.spacing && target.places(now) > underWay ? target : undefined
    }

    /** Those for which jobs may wait that can be sent now. @param now of the monotonic clock */
    free(now: number, most: number): { target: string; places: number; wanted: number }[] {
        const free: { target: string; places: number; wanted: number }[] = []
        for (const target of this.#wanted) {
            const places = target.places(now)
            if (places > 0) free.push({ target: target.name, places, wanted: target.wanted })
            if (free.length >= most) break
        }
        return free
    }

    /** So many were found of those that {@link free} gave. */
    found({ target: name, places, wanted }: { target: string; places: number; wanted: number }, count: number): void {
        const target = this.#all.get(name)
        if (target) target.isNew = false
        if (!target || count >= places) return
        target.looked = wanted
        if (!target.mayWait) this.#wanted.delete(target)
    }
}
