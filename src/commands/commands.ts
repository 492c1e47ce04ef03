import { type Clock, jsonText, Listeners, Refusal, retryUntil } from '../lib/index.ts'
import type { CommandAnswer, Sessions } from '../peers/index.ts'
import { type HeldTask, type Retry, type Task, type Tasks, Worker } from '../tasks/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { Answers } from './answers.ts'
import { type Command, type DeviceName, devicesOf, type Ending, endingOf, keyOf, nameOfPeer, type Order } from './command.ts'
import { unanswered } from './device-queue.ts'
import { DeviceQueues, peerOf } from './device-queues.ts'
import { type EndedListener, Endings, keepUntold, untoldTask } from './endings.ts'
import { KnownDevices } from './known-devices.ts'
import type { Added, CatalogueRepository, CommandFilter, CommandRepository } from './repository.ts'
import { ToldTasks } from './told-tasks.ts'
import { Waiting } from './waiting.ts'

const KIND = 'command'
/** Characters of the parameters of a command. */
const MAX_PARAMS = 65_536

export interface CommandsOptions {
    endpoint: Endpoint
    sessions: Sessions
    /** The id of the endpoint. */
    id: string
    tasks: Tasks
    repository: CommandRepository
    /** Commands for a device that comes back are sent within so many milliseconds, so that not all are when many come at once. */
    jitter: number
    clock: Clock
    /** Resolves once all nodes are there that have given commands: none expires before that. */
    ready?: Promise<void>
    /** From 0 to 1. */
    random: () => number
    newId: () => string
    log: (text: string) => void
}

/** The commands for the devices of an endpoint. It works while somebody is attached. */
export class Commands {
    readonly #o: CommandsOptions
    readonly #endings: Endings
    readonly #known: KnownDevices
    readonly #answers: Answers
    #queues: DeviceQueues | undefined
    /** Commands that are being stored. */
    readonly #coming = new Set<string>()
    readonly #told: ToldTasks
    readonly #waiting: Waiting
    readonly #watchers: Listeners<() => void>
    #attached = 0
    #ending = new AbortController()
    #worker: Worker | undefined
    /** Whether it is known how many are under way. */
    #isCounted = false

    constructor(options: CommandsOptions) {
        this.#o = options
        const parts = { ...options, endpoint: options.id }
        this.#endings = new Endings(parts)
        this.#known = new KnownDevices(parts)
        this.#answers = new Answers(options.log)
        this.#watchers = new Listeners(options.log)
        this.#waiting = new Waiting(options.clock)
        this.#told = new ToldTasks(options.clock, (ids) => this.#remove(ids))
    }

    /** How many are under way. */
    get size(): number {
        return this.#o.tasks.total(KIND, this.#o.id).count - this.#told.size
    }

    /** Calls back when there may be more under way than before, or fewer. */
    onSize(run: () => void, signal: AbortSignal): void {
        this.#watchers.add(run, signal)
    }

    /** Tells a node of the commands that it has given, at least once of each, until the signal aborts. */
    attach(node: string, listener: EndedListener, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#attached++ === 0) this.#start()
        this.#endings.attach(node, listener, signal)
        void this.#tellUntold(node, signal)
        const leave = () => {
            if (--this.#attached > 0) return
            this.#told.removeAll()
            this.#ending.abort()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /** The devices that are connected, each once. */
    get devices(): DeviceName[] {
        return devicesOf(this.#o.endpoint.peers.values())
    }

    /** What is known of what devices can be told. */
    get catalogue(): CatalogueRepository {
        return this.#o.repository.catalogue
    }

    /** Whether a device is connected. */
    isConnected(name: DeviceName): boolean {
        return peerOf(this.#o.endpoint, name) !== undefined
    }

    /** Whether a device is connected, or ever was. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async isKnown(name: DeviceName): Promise<boolean> {
        return this.isConnected(name) || (await this.#known.has(name))
    }

    /**
     * Gives a command; resolves once it is committed. With an idempotency key that was used before, that command is what it resolves with.
     * @param depth how many commands may be under way for the device
     * @throws {@link Refusal} 413 `TOO_LARGE`, 422 `BAD_INPUT`, 429 `TOO_MANY_COMMANDS`, 503 `STORE_UNAVAILABLE`
     */
    async send(order: Order, depth: number): Promise<Command> {
        const { clock, newId } = this.#o
        if (jsonText('params', order.params).length > MAX_PARAMS)
            throw new Refusal(413, 'TOO_LARGE', `the parameters of a command have at most ${MAX_PARAMS} characters`)
        const now = clock.now()
        const ending = this.#endingAtOnce(order, now)
        const times = { createdAt: now, sentAt: null, receivedAt: null, endedAt: ending && now }
        const command: Command = { ...order, ...times, id: newId(), ending }
        const queue = ending ? undefined : this.#queues?.free(order)
        this.#coming.add(command.id)
        if (!ending) this.#waiting.begun(command.id)
        try {
            const adding = this.#add(command, depth, queue !== undefined)
            // A command that is given after this one must not leave before it.
            const sending = queue?.sendAdded(command, adding)
            const { isNew, command: kept } = await adding
            await sending
            if (isNew && ending) this.#tell(command)
            if (isNew && !ending && !queue && !this.#ending.signal.aborted) this.#queues?.serve(keyOf(command))
            return kept
        } finally {
            this.#coming.delete(command.id)
        }
    }

    /** Adds a command and its task. @param isLeaving whether it is about to be sent, which is noted along with it */
    async #add(command: Command, depth: number, isLeaving: boolean): Promise<Added & { task: HeldTask | undefined }> {
        const { id: owner, repository } = this.#o
        const { id, notAfter, ending, createdAt } = command
        const worker = this.#worker!
        const addition = { id, owner, key: keyOf(command), dueAt: Number.POSITIVE_INFINITY, expiresAt: notAfter, payload: '' }
        // Both go in the same transaction, if possible; a task without a command is not done.
        const adding = repository.add(owner, isLeaving ? { ...command, sentAt: createdAt } : command, depth)
        const keeping = ending ? undefined : isLeaving ? worker.addTaken(addition) : worker.add(addition)
        const [added, kept] = await Promise.allSettled([adding, keeping])
        if (added.status === 'rejected' || !added.value.isNew) {
            this.#waiting.forget(id)
            this.#remove([id])
        }
        if (added.status === 'rejected') throw added.reason
        const { isNew, superseded } = added.value
        for (const one of superseded) this.#ended(one)
        if (isNew && kept.status === 'rejected') {
            // Nobody was told that it is kept.
            void this.#end(id, { outcome: 'unreachable', cause: 'NOT_KEPT' })
            throw kept.reason
        }
        const task = isNew && isLeaving && kept.status === 'fulfilled' ? (kept.value as HeldTask) : undefined
        return { ...added.value, command: isNew ? command : added.value.command, task }
    }

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    get(id: string): Promise<Command | undefined> {
        return this.#o.repository.get(this.#o.id, id)
    }

    /** The latest first. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    list(filter: CommandFilter): Promise<Command[]> {
        return this.#o.repository.list(this.#o.id, filter)
    }

    /** Takes a command back that has not left. @returns whether that was in time @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async withdraw(id: string, by?: string): Promise<boolean> {
        const { repository, clock } = this.#o
        const reason = by && `it was withdrawn by ${by}`
        const command = await repository.end(id, { outcome: 'rejected', cause: 'WITHDRAWN', reason }, clock.now(), { unsent: true })
        if (command) this.#ended(command)
        return command !== undefined
    }

    /** Resolves with a command once it has ended, or as it is then when the time is over. @param ms milliseconds */
    outcome(id: string, ms: number, signal: AbortSignal): Promise<Command | undefined> {
        return this.#waiting.outcome(id, ms, signal, () => this.get(id))
    }

    /** Resolves once what is being written is in the store, or has had its time. */
    async settled(): Promise<void> {
        await this.#worker?.settled()
    }

    #endingAtOnce(order: Order, now: number): Ending | null {
        if (order.notAfter <= now) return { outcome: 'expired' }
        return order.keep || this.isConnected(order) ? null : { outcome: 'unreachable', cause: 'DEVICE_AWAY' }
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        const { tasks, endpoint, sessions, id, log, ready: after } = this.#o
        const expires = (task: Task) => this.#expired(task)
        const changed = () => this.#changed()
        this.#worker = new Worker(
            tasks,
            { kind: KIND, queue: id, bytes: Number.POSITIVE_INFINITY, limit: 100_000, expires, changed, log, ...(after && { after }) },
            signal,
        )
        const end = (one: string, ending: Ending) => this.#end(one, ending)
        const size = () => (this.#isCounted ? this.size : undefined)
        this.#queues = new DeviceQueues({ ...this.#o, worker: this.#worker, end, found: (command) => this.#ended(command), size, signal })
        const come = (peer: Peer) => this.#come(peer, signal)
        const leave = (peer: Peer) => peer.id !== undefined && this.#queues?.leave(peer)
        endpoint.listen({ connected: come, identified: come, disconnected: leave }, signal)
        sessions.listen({ commandAnswer: (peer, answer) => this.#answer(peer, answer) }, signal)
        void this.#takeUp(signal)
        const stop = () => {
            this.#isCounted = false
            this.#queues = undefined
        }
        signal.addEventListener('abort', stop, { once: true })
    }

    /** Takes up what a process before has left. */
    async #takeUp(signal: AbortSignal): Promise<void> {
        const { tasks, endpoint, repository, clock, id } = this.#o
        await retryUntil(clock, signal, () => tasks.begin(signal))
        this.#isCounted = !signal.aborted
        const orphans = (await retryUntil(clock, signal, () => repository.orphans(id))) ?? []
        for (const one of orphans) if (!this.#coming.has(one)) void this.#end(one, { outcome: 'unreachable', cause: 'NOT_KEPT' })
        if (!signal.aborted) for (const peer of endpoint.peers.values()) this.#come(peer, signal)
    }

    /** Tells a node what it could not be told before: it was not there, or the process ended. */
    async #tellUntold(node: string, signal: AbortSignal): Promise<void> {
        await retryUntil(this.#o.clock, signal, () => this.#o.tasks.begin(signal))
        for await (const command of this.#endings.untold(node, signal)) this.#ended(command, false)
    }

    #come(peer: Peer, signal: AbortSignal): void {
        if (peer.id === undefined) return
        void this.#known.note(nameOfPeer(peer), signal)
        this.#queues?.come(peer)
    }

    #answer(peer: Peer, answer: CommandAnswer): void {
        if (peer.id === undefined) return
        const [id, of, ending] = [answer.id, nameOfPeer(peer), endingOf(answer)]
        // The device has it, whether or not what it says can be stored.
        this.#queues?.received(of, id)
        void this.#answers.store(answer, () => (ending ? this.#end(id, ending, of) : this.#received(id, of)))
    }

    async #received(id: string, of: DeviceName): Promise<void> {
        const { repository, clock } = this.#o
        await retryUntil(clock, this.#ending.signal, () => repository.received(id, of, clock.now()))
    }

    /** Ends a command, if it has not ended. @param of only if it is for that device */
    async #end(id: string, ending: Ending, of?: DeviceName): Promise<void> {
        const command = await this.#endings.end(id, ending, of, this.#ending.signal)
        if (command) this.#ended(command)
    }

    /** @param counts whether it is known to have a task that counts as under way */
    #ended(command: Command, counts = command.ending?.cause !== 'NOT_KEPT'): void {
        if (this.#tell(command)) this.#told.add(command.id, counts)
        else if (this.#worker) void keepUntold(command, this.#worker, this.#o.clock.now()).then(() => this.#changed())
        this.#queues?.ended(command)
    }

    #changed(): void {
        this.#watchers.tell((run) => run())
    }

    /** Removes tasks. If the store is away until nobody works here any more, whoever comes next does that. */
    #remove(ids: string[]): void {
        if (!this.#ending.signal.aborted) this.#worker?.complete(ids).catch(() => {})
    }

    #tell(command: Command): boolean {
        this.#waiting.tell(command)
        return this.#endings.tell(command)
    }

    async #expired({ id }: Task): Promise<Retry | undefined> {
        const { repository, clock, id: endpoint } = this.#o
        const command = await repository.get(endpoint, id)
        this.#told.delete(id)
        if (!command) return undefined
        const { ending, receivedAt, sentAt } = command
        const known: Ending = receivedAt !== null ? { outcome: 'acknowledged', cause: 'NO_RESULT' } : unanswered
        const end = () => repository.end(id, sentAt === null ? { outcome: 'expired' } : known, clock.now())
        // Somebody else may have ended it meanwhile, whose node is yet to be told.
        const ended = ending ? command : ((await end()) ?? (await repository.get(endpoint, id)))
        return !ended || this.#tell(ended) ? undefined : { after: Number.POSITIVE_INFINITY, ...untoldTask(ended, clock.now()) }
    }
}
