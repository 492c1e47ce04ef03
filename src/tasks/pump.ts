import { backoff } from '../lib/index.ts'
import { type Capacity, fitting, takeCapacity } from './capacity.ts'
import { claimAll } from './claim-all.ts'
import { Keys, type Share } from './keys.ts'
import { type Claim, type Cursor, PARKED, type QueueName, type Task, type TaskEntry } from './repository.ts'
import { isAway, type Tasks } from './tasks.ts'
import { Wakeup } from './wakeup.ts'

/** Entries that are looked at in one go. */
const PAGE = 250

export interface PumpParts {
    tasks: Tasks
    name: QueueName
    isWall: boolean
    capacity(): Capacity
    /** What a key may have of what is worked on at the same time; undefined for as much as there is room for. */
    share: ((key: string) => Share) | undefined
    /** Milliseconds. */
    lease: number
    /** Begins to work on tasks that were claimed, if anything is taken by time. */
    begin: ((tasks: Task[]) => void) | undefined
    /** Takes those that have expired, if anybody wants to know. */
    expire: ((tasks: Task[]) => void) | undefined
    /** Is told of one that the store can find, but not read. */
    unreadable(entry: TaskEntry, error: unknown): void
    /** Is told when the database was opened, by now or anew. */
    opened(): void
    log(text: string): void
    signal: AbortSignal
}

/** Finds what is due, and claims it as far as there is capacity. It holds no tasks; of what waits it knows only when the next one is due. */
export class Pump {
    readonly #p: PumpParts
    readonly #keys: Keys
    /** Up to where all that is due was looked at. */
    #cursor: Cursor = { dueAt: -PARKED, seq: 0 }
    /** Something from before that place is to be looked at again, from a time on. */
    #again = -PARKED
    /** What times are compared with that are being read: those may be moved meanwhile. */
    #reading = 0
    /** Before that nothing expires: whoever is woken a fraction of a millisecond too early has to be woken again. */
    #expiry = -PARKED
    #opened = 0
    readonly #wakeup: Wakeup
    #isRunning = false
    #isKeysTurn = false
    /** The key of a task for which there was no room: it is the first to be looked at when there is some. */
    #large: string | undefined
    #isOpen = false
    #isToRun = false
    #tries = 0

    constructor(parts: PumpParts) {
        this.#p = parts
        this.#keys = new Keys(parts.share)
        const { tasks, isWall, signal } = parts
        const { clock } = tasks.parts
        const time = isWall ? () => clock.now() : () => clock.monotonic()
        this.#wakeup = new Wakeup(isWall ? tasks.wallAgenda : tasks.agenda, time, () => this.run())
        signal.addEventListener('abort', () => this.#wakeup.cancel(), { once: true })
    }

    /** The time that the tasks of this queue are kept in, in milliseconds since 1970. */
    now(): number {
        const { tasks, isWall } = this.#p
        return isWall ? Math.floor(tasks.parts.clock.now()) : tasks.time.now()
    }

    claim(): Claim {
        const now = this.now()
        return { holder: this.#p.tasks.holder, now, until: now + this.#p.lease }
    }

    /** Milliseconds until something is due; undefined if nothing is known to be. */
    get left(): number | undefined {
        return this.#wakeup.left
    }

    /** Begins. Until then nothing is looked for. */
    open(): void {
        this.#isOpen = true
        this.run()
    }

    /** Looks for what is due. */
    run(): void {
        if (!this.#isOpen) return
        this.#isToRun = true
        if (!this.#isRunning) void this.#loop()
    }

    /** Something is due at a time, which may be over. */
    changed(dueAt: number, expiresAt: number | null): void {
        this.#again = Math.min(this.#again, dueAt)
        this.#expiry = Math.min(this.#expiry, expiresAt ?? PARKED)
        this.#wakeAt(Math.min(dueAt, expiresAt ?? PARKED))
    }

    /** All times were moved. */
    moved(): void {
        this.#lookAtAll()
        this.run()
    }

    /** What a key may have is something else now, also for what is being worked on. */
    shareChanged(key: string): void {
        this.#keys.moved(key)
        this.run()
    }

    /** A task is worked on that was not claimed here. */
    begun(key: string | null): void {
        this.#keys.count(key, 1)
    }

    /** A task is not worked on any more, and is not in the store as it was. */
    freed(key: string | null): void {
        this.#keys.count(key, -1)
        this.run()
    }

    /** @param at as tasks are kept */
    #wakeAt(at: number): void {
        if (at < PARKED && !this.#p.signal.aborted) this.#wakeup.after(at - this.now())
    }

    async #loop(): Promise<void> {
        const { signal, log } = this.#p
        this.#isRunning = true
        while (this.#isToRun && !signal.aborted) {
            this.#isToRun = false
            try {
                await this.#fill()
                this.#tries = 0
            } catch (error) {
                if (signal.aborted) break
                // The store says itself why it is away.
                if (!isAway(error)) log(`what is due cannot be read: ${error}`)
                this.#lookAtAll()
                this.#wakeAt(this.now() + backoff(++this.#tries))
            }
        }
        // In the same turn as the last look at whether there is more to do: whoever calls from now on begins anew.
        this.#isRunning = false
    }

    async #fill(): Promise<void> {
        const { tasks, signal, begin, expire } = this.#p
        await tasks.follow()
        const opened = await tasks.parts.repository.begin(tasks.holder)
        if (opened !== this.#opened) {
            this.#lookAtAll()
            this.#opened = opened
            this.#p.opened()
        }
        this.#reading = this.now()
        if (this.#again <= this.#cursor.dueAt) this.#cursor = { dueAt: this.#again, seq: 0 }
        this.#again = PARKED
        if (begin) await this.#claim(await this.#next(), begin)
        if (this.#reading < this.#expiry) return this.#wakeAt(this.#expiry)
        if (expire && !signal.aborted) await this.#claim(await this.#expired(), expire)
    }

    #lookAtAll(): void {
        this.#again = this.#expiry = -PARKED
    }

    /** By turns, so that neither keys that have much nor new ones keep the others from being served. */
    async #next(): Promise<TaskEntry[]> {
        const capacity = this.#p.capacity()
        const chosen: TaskEntry[] = []
        try {
            for (const isOfKeys of [this.#isKeysTurn, !this.#isKeysTurn]) {
                const before = chosen.length
                const fits = await (isOfKeys ? this.#ofKeys(capacity, chosen) : this.#due(capacity, chosen))
                // Where not even the first finds room, nothing smaller gets ahead of it: there would never be enough for it.
                this.#isKeysTurn = fits || chosen.length === before ? isOfKeys : !isOfKeys
                if (!fits) break
            }
            return chosen
        } catch (error) {
            this.#release(chosen)
            throw error
        }
    }

    /** From now on it is busy. */
    #choose(entry: TaskEntry, chosen: TaskEntry[]): void {
        this.#p.tasks.claimed.add(entry.id)
        this.#keys.count(entry.key, 1)
        chosen.push(entry)
    }

    #release(chosen: readonly TaskEntry[]): void {
        for (const { id, key } of chosen) {
            this.#p.tasks.claimed.delete(id)
            this.#keys.count(key, -1)
        }
    }

    /** What was passed over, key by key. @returns false if one of them is too large for the room that is left */
    async #ofKeys(capacity: Capacity, chosen: TaskEntry[]): Promise<boolean> {
        const { tasks, name } = this.#p
        for (const { key, free } of this.#keys.waiting(this.#large)) {
            this.#large = undefined
            if (capacity.count <= 0) break
            const limit = free + this.#keys.running(key) + 1
            const page = await tasks.parts.repository.ofKey(name, key, -PARKED, this.#reading, this.claim(), limit)
            const entries = page.filter(({ id }) => !tasks.isBusy(id))
            const wanted = entries.slice(0, free)
            const taken = fitting(capacity, wanted)
            this.#keys.served(key, entries.length > taken.length)
            for (const entry of taken) this.#choose(entry, chosen)
            if (taken.length === wanted.length || capacity.count <= 0) continue
            this.#large = key
            return false
        }
        return true
    }

    /** @returns false if the next one is too large for the room that is left */
    async #due(capacity: Capacity, chosen: TaskEntry[]): Promise<boolean> {
        const { tasks, name } = this.#p
        while (capacity.count > 0) {
            const limit = Math.min(PAGE, capacity.count + 1)
            const page = await tasks.parts.repository.due(name, this.#cursor, this.claim(), limit)
            for (const entry of page) {
                if (entry.dueAt > this.#reading) this.#wakeAt(entry.dueAt)
                if (entry.dueAt > this.#reading || this.#keys.isFull) return true
                if (!tasks.isBusy(entry.id) && !this.#isOver(entry) && this.#keys.hasTurn(entry.key)) {
                    if (!takeCapacity(capacity, entry)) return capacity.count <= 0
                    this.#choose(entry, chosen)
                }
                this.#cursor = entry
            }
            if (page.length < limit) break
        }
        return true
    }

    /** Whether it has expired, which is seen to elsewhere. */
    #isOver({ expiresAt }: TaskEntry, now = this.#reading): boolean {
        return this.#p.expire !== undefined && expiresAt !== null && expiresAt <= now
    }

    async #expired(): Promise<TaskEntry[]> {
        const { tasks, name } = this.#p
        const limit = PAGE + tasks.busyCount
        this.#expiry = PARKED
        const page = await tasks.parts.repository.expiring(name, this.claim(), limit)
        const capacity = this.#p.capacity()
        const chosen: TaskEntry[] = []
        for (const entry of page.filter(({ id }) => !tasks.isBusy(id))) {
            const isOver = this.#isOver(entry)
            if (!isOver) this.changed(PARKED, entry.expiresAt)
            else if (!takeCapacity(capacity, entry)) this.#expiry = -PARKED
            else {
                this.#choose(entry, chosen)
                continue
            }
            break
        }
        if (page.length === limit && chosen.length > 0) this.#isToRun = true
        return chosen
    }

    /** Takes parked tasks of a key, in their order. */
    async take(key: string, limit: number): Promise<Task[]> {
        const { tasks, name } = this.#p
        await tasks.parts.repository.begin(tasks.holder)
        await tasks.follow()
        const page = await tasks.parts.repository.ofKey(name, key, PARKED, PARKED, this.claim(), limit + this.#keys.running(key))
        const chosen: TaskEntry[] = []
        const free = page.filter((entry) => !tasks.isBusy(entry.id) && !this.#isOver(entry, this.now()))
        for (const entry of fitting({ ...this.#p.capacity(), count: limit }, free)) this.#choose(entry, chosen)
        const taken: Task[] = []
        await this.#claim(chosen, (claimed) => void taken.push(...claimed))
        return taken
    }

    /** @param begin is given those that are ours then: another Node-RED may have been first */
    async #claim(entries: TaskEntry[], begin: (tasks: Task[]) => void): Promise<void> {
        if (entries.length === 0) return
        const { tasks, name, signal } = this.#p
        let ours: Task[] = []
        try {
            const claimed = await claimAll(tasks.parts.repository, entries, () => this.claim(), this.#p.unreadable)
            // What was taken back meanwhile is not begun.
            if (!signal.aborted) ours = claimed.filter(({ id }) => tasks.claimed.has(id))
        } finally {
            const begun = new Set(ours.map(({ id }) => id))
            this.#release(entries.filter(({ id }) => !begun.has(id)))
        }
        if (!signal.aborted) return begin(ours)
        // The next worker may have passed over them, as they were ours.
        for (const { dueAt, expiresAt } of entries) tasks.changed(name, dueAt, expiresAt)
    }
}
