import { backoff, messageOf, pause } from '../lib/index.ts'
import { Pump } from './pump.ts'
import { type NewTask, PARKED, type QueueName, type Task, type TaskChange, type TaskEntry } from './repository.ts'
import { isAway, type Member, type Tasks, type Timed } from './tasks.ts'
import type { Addition, Retry, WorkerOptions } from './worker-options.ts'

/** A task that is being worked on: its place among the others does not matter any more. */
export type HeldTask = Omit<Task, 'seq'>

/** How many tasks are worked on at the same time, and how many characters of payload they have. */
const LIMIT = 64
const BYTES = 1_048_576
const LEASE = 60_000
/** Milliseconds before a task is tried again whose handler has thrown. */
const FIRST_DELAY = 1000
const LONGEST_DELAY = 300_000
/** How long closing waits for what is being done and written, in milliseconds. */
const LAST_CHANCE = 700

/** Takes the tasks of one queue when they are due. Memory has those that are being worked on, and no others. */
export class Worker implements Member {
    readonly name: QueueName
    readonly isWall: boolean
    readonly #tasks: Tasks
    readonly #o: WorkerOptions
    readonly #signal: AbortSignal
    readonly #pump: Pump
    /** What is being worked on. */
    readonly #held = new Map<string, HeldTask>()
    #bytes = 0
    readonly #renewal: Timed = { run: () => void this.#renew() }
    #isToRenew = false
    readonly #settling = new Set<Promise<unknown>>()

    /** @param signal closes it: nothing is begun any more */
    constructor(tasks: Tasks, options: WorkerOptions, signal: AbortSignal) {
        const { kind, queue = '', share, lease = LEASE, log, run, expires, after } = options
        this.#tasks = tasks
        this.#o = options
        this.#signal = signal
        this.name = { kind, queue }
        this.isWall = options.follows === 'wall'
        this.#pump = new Pump({
            tasks,
            name: this.name,
            isWall: this.isWall,
            capacity: () => this.#capacity(),
            share,
            lease,
            begin: run && ((claimed) => this.#begin(claimed, (task) => run.call(options, task, signal))),
            expire: expires ? (claimed) => this.#begin(claimed, expires === true ? () => undefined : expires) : undefined,
            unreadable: (entry, error) => this.#drop(entry, error),
            opened: () => options.changed?.(),
            log,
            signal,
        })
        tasks.join(this, signal)
        signal.addEventListener('abort', () => tasks.agenda.delete(this.#renewal), { once: true })
        Promise.all([tasks.parts.ready(signal), after]).then(
            () => this.#pump.open(),
            () => {},
        )
    }

    /** The time that {@link Task.dueAt} and {@link Task.expiresAt} are compared with. */
    get now(): number {
        return this.#pump.now()
    }

    /** Milliseconds until the next one is due, as far as that is known. */
    get left(): number | undefined {
        return this.#pump.left
    }

    /**
     * Keeps a task; resolves with its id once that is committed.
     * @param addition `dueAt` and `expiresAt` are of the wall clock as it is now; a `dueAt` of Infinity parks it
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`
     */
    async add(addition: Addition): Promise<string> {
        const task = this.#taskOf(addition)
        await this.#settle(this.#tasks.parts.repository.add(task))
        this.#tasks.changed(this.name, task.dueAt, task.expiresAt)
        this.#o.changed?.()
        return task.id
    }

    /**
     * As {@link add}, but it is the caller's from the beginning, as if they had taken it: until {@link complete} or {@link park}.
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`: it is nobody's then
     */
    async addTaken(addition: Addition): Promise<HeldTask> {
        const task = this.#taskOf(addition)
        const { id, key } = task
        const { holder, until } = this.#pump.claim()
        const held = { ...task, attempts: 0, bytes: task.payload.length }
        this.#tasks.claimed.add(id)
        this.#pump.begun(key)
        this.#hold([held])
        try {
            await this.#settle(this.#tasks.parts.repository.add({ ...task, claim: { holder, until } }))
        } catch (error) {
            this.#letGo(id)
            this.#tasks.claimed.delete(id)
            this.#pump.freed(key)
            throw error
        }
        this.#o.changed?.()
        return held
    }

    /**
     * Changes a task that nobody works on.
     * @param given times as in {@link add}
     * @returns whether it was there
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`
     */
    async change(id: string, given: TaskChange): Promise<boolean> {
        const change = this.#changeOf(given)
        const isThere = await this.#settle(this.#tasks.parts.repository.change(id, change))
        this.#tasks.changed(this.name, change.dueAt ?? PARKED, change.expiresAt ?? null)
        return isThere
    }

    /** Takes parked tasks of a key in their order, up to a limit. They are the caller's until {@link complete} or {@link park}. */
    async take(key: string, limit: number): Promise<Task[]> {
        return this.#hold(await this.#pump.take(key, limit))
    }

    /** How many there are of a key, counted up to a limit. */
    count(key: string, most: number): Promise<number> {
        return this.#tasks.parts.repository.count(this.name, key, most)
    }

    /**
     * Ends tasks: those that were taken, and those that are not to be done any more. While the store is away it resolves when that is back.
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE` if nobody works on this store any more by then: they are removed later
     */
    async complete(ids: readonly string[]): Promise<void> {
        const taken = ids.flatMap((id) => this.#letGo(id) ?? [])
        await this.#settle(this.#tasks.end(ids))
        for (const { key } of taken) this.#pump.freed(key)
        this.#o.changed?.()
    }

    /** Puts tasks back that were taken. */
    async park(ids: readonly string[]): Promise<void> {
        const { repository } = this.#tasks.parts
        const tasks = ids.flatMap((id) => this.#letGo(id) ?? [])
        for (const { id, key, dueAt, expiresAt } of tasks) {
            this.#tasks.claimed.delete(id)
            this.#pump.freed(key)
            this.#tasks.changed(this.name, dueAt, expiresAt)
        }
        // For those who share the store; we know.
        await this.#settle(repository.release(tasks.map(({ id }) => id))).catch(() => {})
    }

    /** What a key may have is something else now, also for what is being worked on. */
    shareChanged(key: string): void {
        this.#pump.shareChanged(key)
    }

    /** Resolves once what is being done is in the store, or has had its time. */
    async settled(): Promise<void> {
        const over = new AbortController()
        await Promise.race([Promise.allSettled(this.#settling), pause(this.#tasks.parts.clock, LAST_CHANCE, over.signal)])
        over.abort()
    }

    changed(dueAt: number, expiresAt: number | null): void {
        this.#pump.changed(dueAt, expiresAt)
    }

    moved(ms: number): void {
        for (const task of this.#held.values()) if (task.expiresAt !== null) task.expiresAt += ms
        this.#pump.moved()
    }

    #taskOf({ id = this.#tasks.parts.newId(), key = null, parent = null, expiresAt = null, ...rest }: Addition): NewTask {
        const times = { dueAt: this.#kept(rest.dueAt), expiresAt: expiresAt === null ? null : this.#kept(expiresAt) }
        return { ...rest, ...this.name, id, key, parent, ...times }
    }

    #changeOf({ dueAt, expiresAt, ...same }: TaskChange): TaskChange {
        return {
            ...same,
            ...(dueAt !== undefined && { dueAt: this.#kept(dueAt) }),
            ...(expiresAt !== undefined && { expiresAt: expiresAt === null ? null : this.#kept(expiresAt) }),
        }
    }

    #kept(wall: number): number {
        return wall >= PARKED ? PARKED : Math.round(this.isWall ? wall : this.#tasks.time.of(wall))
    }

    #capacity() {
        const { limit = LIMIT, bytes = BYTES } = this.#o
        return { count: limit - this.#held.size, bytes: bytes - this.#bytes, isEmpty: this.#held.size === 0 }
    }

    #hold<T extends HeldTask>(tasks: T[]): T[] {
        for (const task of tasks) {
            this.#held.set(task.id, task)
            this.#bytes += task.bytes
        }
        if (!this.#isToRenew && tasks.length > 0) this.#renewLater()
        return tasks
    }

    #letGo(id: string): HeldTask | undefined {
        const task = this.#held.get(id)
        if (!task) return undefined
        this.#held.delete(id)
        this.#bytes -= task.bytes
        if (this.#held.size === 0) this.#tasks.agenda.delete(this.#renewal)
        this.#isToRenew &&= this.#held.size > 0
        // There is room for others, although it may still be in the store.
        this.#pump.run()
        return task
    }

    #begin(tasks: Task[], run: NonNullable<WorkerOptions['run']>): void {
        for (const task of this.#hold(tasks)) void this.#settle(this.#do(task, run))
    }

    async #do(task: Task, run: NonNullable<WorkerOptions['run']>): Promise<void> {
        let retry: Retry | undefined
        try {
            retry = await run(task, this.#signal)
        } catch (error) {
            if (this.#signal.aborted) return await this.park([task.id])
            this.#o.log(`a task of the kind ${task.kind} failed and is tried again: ${messageOf(error)}`)
            retry = { after: backoff(task.attempts + 1, FIRST_DELAY, LONGEST_DELAY) }
        }
        const isHeld = this.#letGo(task.id) !== undefined
        await (retry ? this.#again(task, retry) : this.#end(task.id, task))
        // What was completed meanwhile no longer counts.
        if (isHeld) this.#pump.freed(task.key)
    }

    async #end(id: string, task?: Task): Promise<void> {
        try {
            await this.#tasks.end([id])
        } catch {
            // Then everything is closed, and nobody is to be told.
            return
        }
        this.#tell(() => task && this.#o.ended?.(task))
        this.#tell(() => this.#o.changed?.())
    }

    #tell(call: () => void): void {
        try {
            call()
        } catch (error) {
            this.#o.log(`a listener of tasks of the kind ${this.name.kind} failed: ${messageOf(error)}`)
        }
    }

    #drop(entry: TaskEntry, error: unknown): void {
        this.#o.log(`a task of the kind ${entry.kind} cannot be read and is dropped: ${messageOf(error)}`)
        this.#o.unreadable?.(entry)
        void this.#settle(this.#end(entry.id))
    }

    async #again({ id, attempts, ...task }: Task, { after, ...given }: Retry): Promise<void> {
        const change = this.#changeOf(given)
        let dueAt = after === Number.POSITIVE_INFINITY ? PARKED : Math.round(this.#pump.now() + after)
        try {
            await this.#tasks.parts.repository.change(id, { ...change, dueAt, attempts: attempts + 1 })
        } catch (error) {
            // The store still has it with its old due time: it is tried as soon as the store is back.
            dueAt = isAway(error) ? task.dueAt : this.#pump.now() + FIRST_DELAY
        }
        this.#tasks.claimed.delete(id)
        this.#tasks.changed(this.name, dueAt, change.expiresAt ?? task.expiresAt)
        this.#tell(() => this.#o.changed?.())
    }

    #settle<T>(work: Promise<T>): Promise<T> {
        this.#settling.add(work)
        const end = () => this.#settling.delete(work)
        work.then(end, end)
        return work
    }

    #renewLater(): void {
        this.#isToRenew = true
        this.#tasks.agenda.after(this.#renewal, (this.#o.lease ?? LEASE) / 2)
    }

    async #renew(): Promise<void> {
        this.#isToRenew = false
        if (this.#held.size === 0 || this.#signal.aborted) return
        this.#renewLater()
        // Without the store nobody else claims anything either.
        await this.#tasks.parts.repository.renew([...this.#held.keys()], this.#pump.claim()).catch(() => {})
    }
}
