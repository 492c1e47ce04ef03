import { Agenda, type Budget, type Clock, messageOf, Refusal } from '../lib/index.ts'
import { type Task, type Tasks, Worker } from '../tasks/index.ts'
import { decodeMessage, encodeMessage } from './message-codec.ts'

/** Messages that one node holds at the most. */
const MOST = 100_000
/** What all nodes together may keep in a store, in bytes. */
const MOST_KEPT = 268_435_456
/** What is read back at the same time: syncing the disk costs the same for one as for all. */
const LIMIT = 250
const KIND = 'wait'

export interface WaitsOptions<M extends object> {
    /** The node that holds them. */
    node: string
    tasks: Tasks
    /** Of the process: for what only memory holds. */
    memory: Budget
    clock: Clock
    newId(): string
    /** Nothing that was kept goes on before it resolves. */
    after: Promise<unknown>
    /** Sends on a message that was kept. */
    release(message: M): void
    /** Is told the ids of callbacks whose messages were dropped. */
    lost(callbacks: string[]): Promise<void>
    /** Called whenever there is another number of messages. */
    changed(): void
    log(text: string): void
    /** Ends all waiting; what is kept in the store goes on waiting there. */
    signal: AbortSignal
}

/** A place in memory for a message that its caller keeps. */
interface HeldMessage {
    bytes: number
    over(released: boolean): void
}

/** Messages that go on later, over restarts where they were kept. */
export class Waits<M extends object> {
    readonly #o: WaitsOptions<M>
    readonly #worker: Worker
    readonly #held = new Map<string, HeldMessage>()
    readonly #agenda: Agenda<string>

    constructor(options: WaitsOptions<M>) {
        const { node, tasks, clock, log, signal, after, changed } = options
        this.#o = options
        this.#agenda = new Agenda(clock, (id) => this.#leave(id, true))
        const run = (task: Task): undefined => this.#goOn(task)
        const unreadable = ({ parent }: Pick<Task, 'parent'>) => this.#lost(parent)
        this.#worker = new Worker(tasks, { kind: KIND, queue: node, limit: LIMIT, run, unreadable, changed, after, log }, signal)
        signal.addEventListener('abort', () => this.#empty())
    }

    get size(): number {
        return this.#held.size + this.#o.tasks.total(KIND, this.#o.node).count
    }

    /** Milliseconds until the next one goes on, as far as that is known; undefined if none waits. */
    get left(): number | undefined {
        const [kept, held] = [this.#worker.left, this.#agenda.left]
        return kept === undefined || held === undefined ? (kept ?? held) : Math.min(kept, held)
    }

    /**
     * Keeps a message until its time comes, in the store alone; resolves once it is committed. It is {@link WaitsOptions.release}d then.
     * @param callback what it will answer in the end, if anything
     * @throws {@link Refusal} 422 `NOT_STORABLE`, 503 `TOO_MANY` or `STORE_UNAVAILABLE`
     */
    async keep(message: M, dueAt: number, callback: string | null): Promise<void> {
        this.#refuseIfFull()
        const { node, memory, tasks } = this.#o
        const payload = encodeMessage(message)
        const bytes = payload.length
        if (tasks.total(KIND).bytes + bytes > MOST_KEPT)
            throw tooMany(`the messages that wait take ${megabytes(MOST_KEPT)} in the store already`, AGAIN)
        if (!memory.take(bytes)) throw tooMany('what is being written takes all the memory there is for it', 'again in a moment')
        try {
            await this.#worker.add({ owner: node, dueAt, parent: callback, payload })
        } finally {
            memory.give(bytes)
        }
    }

    /**
     * Holds a place in memory for a message that its caller keeps.
     * @param bytes what that takes, about
     * @param gone is told how to end it early
     * @returns resolves with true when the time has come, with false if it was ended
     * @throws {@link Refusal} 503 `TOO_MANY`
     */
    hold(bytes: number, dueAt: number, gone: (drop: () => void) => void): Promise<boolean> {
        this.#refuseIfFull()
        const { memory, newId, changed } = this.#o
        if (!memory.take(bytes))
            throw tooMany(
                `requests that wait for their answer take ${megabytes(memory.most)} of memory already`,
                'again later, or ask for a callback',
            )
        const id = newId()
        const { promise, resolve } = Promise.withResolvers<boolean>()
        this.#held.set(id, { bytes, over: resolve })
        this.#agenda.set(id, dueAt)
        gone(() => this.#leave(id, false))
        changed()
        return promise
    }

    /** Forgets all of them for good, once those who wait for their callbacks were told. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    clear(): Promise<void> {
        const { tasks, node, lost } = this.#o
        return tasks.clear(KIND, node, (page) => lost(page.flatMap(({ parent }) => parent ?? [])))
    }

    /** Resolves once what is being written is in the store, or has had its time: whoever comes next would miss it otherwise. */
    settled(): Promise<void> {
        return this.#worker.settled()
    }

    #empty(): void {
        this.#agenda.clear()
        for (const { bytes } of this.#held.values()) this.#o.memory.give(bytes)
        this.#held.clear()
    }

    #refuseIfFull(): void {
        if (this.size >= MOST) throw tooMany(`${MOST} messages are waiting already`, AGAIN)
    }

    #leave(id: string, released: boolean): void {
        const message = this.#held.get(id)
        if (!message) return
        this.#held.delete(id)
        this.#agenda.delete(id)
        this.#o.memory.give(message.bytes)
        this.#o.changed()
        message.over(released)
    }

    #goOn({ payload, parent }: Task): undefined {
        const { release, log } = this.#o
        let message: M
        try {
            message = decodeMessage(payload) as M
        } catch (error) {
            log(`a message that was waiting cannot be read and is dropped: ${messageOf(error)}`)
            return this.#lost(parent)
        }
        try {
            release(message)
        } catch (error) {
            log(`a message that had waited failed: ${messageOf(error)}`)
        }
    }

    #lost(callback: string | null): undefined {
        const { lost, log } = this.#o
        if (callback !== null) lost([callback]).catch((error: unknown) => log(`a callback could not be answered: ${messageOf(error)}`))
    }
}

const AGAIN = 'again when some of them have gone on'

const tooMany = (what: string, way: string) => new Refusal(503, 'TOO_MANY', `${what}: try ${way}`)

const megabytes = (bytes: number) => `${Math.floor(bytes / 1_048_576)} MB`
