import { Agenda, backoff, type Clock, messageOf, Refusal } from '../lib/index.ts'
import type { QueueName, Task, TaskEntry, TaskRepository } from './repository.ts'
import { TaskTime } from './task-time.ts'

export interface TasksParts {
    repository: TaskRepository
    /** Resolves once the repository can be used for the first time. */
    ready: (signal: AbortSignal) => Promise<void>
    clock: Clock
    /** Makes an id that nobody can guess. */
    newId: () => string
    log(text: string): void
    /** What has ended in this process, but is still in the store: for the case that the store is opened anew. */
    ended?: Set<string> | undefined
}

/** Tasks that are removed at once. */
const PORTION = 500
/** Milliseconds between two looks at whether the wall clock was set. */
const LOOK = 30_000

/** What an {@link Agenda} wakes. */
export interface Timed {
    run(): void
}

/** A worker, as the others see it. */
export interface Member {
    readonly name: QueueName
    /** Whether its times are those of the wall clock, however that is set. */
    readonly isWall: boolean
    /** Some task is due, or expires, at a time as it is in the store; null for none. */
    changed(dueAt: number, expiresAt: number | null): void
    /** All times were moved by so many milliseconds. */
    moved(ms: number): void
}

/** Is told, before they are removed, of tasks whose node was deleted. It may be told of one again. */
export type SweptListener = (tasks: TaskEntry[]) => Promise<void> | void

/** What the workers of a store have in common. It goes on for as long as the store, whichever nodes are deployed. */
export class Tasks {
    readonly parts: TasksParts
    /** Who we are to other Node-REDs on the same store. */
    readonly holder: string
    readonly time: TaskTime
    /** The one timer of all workers, and one for those that follow the wall clock. */
    readonly agenda: Agenda<Timed>
    readonly wallAgenda: Agenda<Timed>
    /** What is being worked on. */
    readonly claimed = new Set<string>()
    readonly #members = new Set<Member>()
    readonly #listeners = new Set<SweptListener>()
    /** Kinds whose tasks stay when their owner was deleted. */
    readonly #lasting = new Set<string>()
    /** What has ended, but is still in the store. */
    readonly #ended: Set<string>
    /** Who waits for them to be gone. */
    readonly #gone = new Map<string, PromiseWithResolvers<void>>()
    /** Why those of them could not be removed that are to be tried again. */
    readonly #failed = new Map<string, unknown>()
    readonly #look: Timed = { run: () => this.#watch() }
    readonly #removal: Timed = { run: () => void this.#remove([...this.#ended]) }
    #following: Promise<void> | undefined
    /** The times of some tasks are moved by so much, for these members, and those of others have yet to be. */
    #moving: { ms: number; members: Member[] } | undefined
    #tries = 0

    constructor(parts: TasksParts) {
        const { clock, newId, log } = parts
        this.parts = parts
        this.holder = newId()
        this.#ended = parts.ended ?? new Set()
        this.time = new TaskTime(clock)
        const failed = (error: unknown) => log(`a worker failed: ${error}`)
        this.agenda = new Agenda(clock, (entry) => entry.run(), { failed })
        this.wallAgenda = new Agenda(clock, (entry) => entry.run(), { failed, follows: 'wall' })
    }

    /** Takes part until the signal aborts. */
    join(member: Member, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#members.size === 0) this.agenda.after(this.#look, LOOK)
        this.#members.add(member)
        if (this.#ended.size > 0) this.agenda.after(this.#removal, 0)
        const leave = () => {
            this.#members.delete(member)
            if (this.#members.size > 0) return
            // Without anybody who works here no timer is kept, and nothing is tried again.
            this.agenda.clear()
            this.#giveUp()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /** Tells those who work on a queue. */
    changed({ kind, queue }: QueueName, dueAt: number, expiresAt: number | null): void {
        for (const one of this.#members) if (one.name.kind === kind && one.name.queue === queue) one.changed(dueAt, expiresAt)
    }

    /** Moves what is kept along when the wall clock was set: how long it is until then stays the same. */
    async follow(): Promise<void> {
        if (!this.#following && (this.#moving || this.time.leap !== 0))
            this.#following = this.#move().finally(() => {
                this.#following = undefined
            })
        // Who looks for what is due meanwhile would compare with times of before.
        await this.#following
    }

    async #move(): Promise<void> {
        const { repository } = this.parts
        let hasMore = true
        if (!this.#moving) {
            const ms = this.time.leap
            const members = [...this.#members].filter(({ isWall }) => !isWall)
            const queues = members.map(({ name }) => name)
            this.time.move(ms)
            try {
                hasMore = await repository.shift(queues, ms)
            } catch (error) {
                this.time.move(-ms)
                throw error
            }
            this.#moving = { ms, members }
        }
        while (hasMore) hasMore = await repository.shiftMore()
        const { ms, members } = this.#moving
        this.#moving = undefined
        for (const member of members) member.moved(ms)
    }

    /** Resolves once the store is open and what others held is taken over. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async begin(signal: AbortSignal): Promise<void> {
        await this.parts.ready(signal)
        await this.parts.repository.begin(this.holder)
    }

    get(id: string): Promise<Task | undefined> {
        return this.parts.repository.get(id)
    }

    /** The ids of those parked that are no task's parent. */
    childless(kind: string, queue = ''): Promise<string[]> {
        return this.parts.repository.childless({ kind, queue })
    }

    /** How many tasks of a kind an owner has, or everybody, and how many characters their payloads have. */
    total(kind: string, owner?: string): { count: number; bytes: number } {
        return this.parts.repository.total(kind, owner)
    }

    /**
     * Removes all that an owner has of a kind.
     * @param gone is told of them before they are removed; it may be told of one again
     */
    async clear(kind: string, owner: string, gone: SweptListener): Promise<void> {
        const { repository } = this.parts
        const next = (after: number) => repository.ofOwner(kind, owner, after, PORTION)
        for (let page = await next(0); page.length > 0; page = await next(page.at(-1)!.seq)) {
            await gone(page)
            await repository.remove(page.map(({ id }) => id))
        }
    }

    /** The tasks of a kind are done even when the node that they are done for was deleted. */
    outlives(kind: string): void {
        this.#lasting.add(kind)
    }

    /** Has somebody told of the tasks of deleted nodes, until the signal, if any, aborts. */
    onSwept(listener: SweptListener, signal?: AbortSignal): void {
        if (signal?.aborted) return
        this.#listeners.add(listener)
        signal?.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
    }

    /**
     * Removes the tasks of nodes that are gone, once those who listen were told of them. Those that have no owner stay.
     * @param exists gives what tells whether a node is part of the flows, be it disabled
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`, and what listeners throw: what is left is swept the next time
     */
    async sweep(exists: () => (node: string) => boolean, signal: AbortSignal): Promise<void> {
        await this.begin(signal)
        const isThere = exists()
        for (const { kind, owner } of this.parts.repository.owners())
            if (owner !== '' && !this.#lasting.has(kind) && !isThere(owner) && !signal.aborted)
                await this.clear(kind, owner, async (page) => {
                    for (const listener of this.#listeners) await listener(page)
                })
    }

    /** Whether it is being worked on, or has ended: then it must not be begun. */
    isBusy(id: string): boolean {
        return this.claimed.has(id) || this.#ended.has(id)
    }

    get busyCount(): number {
        return this.claimed.size + this.#ended.size
    }

    /**
     * Removes tasks that have ended. Resolves once they are: while the store is away, when it is back.
     * @throws {@link Refusal} 503 `STORE_UNAVAILABLE` when the last worker closes before that: whoever works here next removes them
     */
    async end(ids: readonly string[]): Promise<void> {
        const removed = ids.map((id) => {
            const gone = this.#gone.get(id) ?? Promise.withResolvers<void>()
            this.#gone.set(id, gone)
            this.#ended.add(id)
            this.claimed.delete(id)
            return gone.promise
        })
        void this.#remove(ids)
        await Promise.all(removed)
    }

    #watch(): void {
        this.agenda.after(this.#look, LOOK)
        // The store says itself why it is away.
        this.follow().catch(() => {})
    }

    async #remove(ids: readonly string[]): Promise<void> {
        if (ids.length === 0) return
        try {
            for (let i = 0; i < ids.length; i += PORTION) await this.#removeSome(ids.slice(i, i + PORTION))
            this.#tries = 0
        } catch (error) {
            // The store says itself why it is away.
            if (!isAway(error)) this.parts.log(`tasks that are done cannot be removed yet: ${messageOf(error)}`)
            for (const id of ids) if (this.#gone.has(id)) this.#failed.set(id, error)
            if (this.#members.size > 0) this.agenda.after(this.#removal, backoff(++this.#tries))
            else this.#giveUp()
        }
    }

    #giveUp(): void {
        for (const [id, error] of this.#failed) {
            this.#gone.get(id)?.reject(error)
            this.#gone.delete(id)
        }
        this.#failed.clear()
    }

    async #removeSome(ids: readonly string[]): Promise<void> {
        await this.parts.repository.remove([...ids])
        for (const id of ids) {
            this.#gone.get(id)?.resolve()
            this.#gone.delete(id)
            this.#failed.delete(id)
            this.#ended.delete(id)
        }
    }
}

/** Whether the store is the reason: it says itself why it is away. */
export const isAway = (error: unknown): boolean => error instanceof Refusal && error.code === 'STORE_UNAVAILABLE'
