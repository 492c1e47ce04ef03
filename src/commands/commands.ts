import { type Clock, Listeners, Refusal, retryUntil } from '../lib/index.ts'
import type { CommandAnswer, Sessions } from '../peers/index.ts'
import { type Task, type Tasks, Worker } from '../tasks/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { type Command, type DeviceName, devicesOf, type Ending, endingOf, keyOf, nameOf, nameOfPeer, type Order } from './command.ts'
import { DeviceQueue, unanswered } from './device-queue.ts'
import type { CatalogueRepository, CommandFilter, CommandRepository } from './repository.ts'
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
    /** From 0 to 1. */
    random: () => number
    newId: () => string
    log: (text: string) => void
}

/** Is told of each command that has ended, once that is committed. */
export type EndedListener = (command: Command) => void

/** The commands for the devices of an endpoint. It works while somebody is attached. */
export class Commands {
    readonly #o: CommandsOptions
    readonly #listeners: Listeners<EndedListener>
    /** For devices that are connected, by {@link keyOf}. */
    readonly #queues = new Map<string, DeviceQueue>()
    /** Devices that have just connected: their commands are not sent yet. */
    readonly #releasing = new Map<string, () => void>()
    /** Commands that are being stored. */
    readonly #coming = new Set<string>()
    readonly #waiting: Waiting
    readonly #watchers: Listeners<() => void>
    #attached = 0
    #ending = new AbortController()
    #worker: Worker | undefined

    constructor(options: CommandsOptions) {
        this.#o = options
        this.#listeners = new Listeners(options.log)
        this.#watchers = new Listeners(options.log)
        this.#waiting = new Waiting(options.clock)
    }

    /** How many are under way. */
    get size(): number {
        return this.#o.tasks.total(KIND, this.#o.id).count
    }

    /** Calls back when there may be more under way than before, or fewer. */
    onSize(run: () => void, signal: AbortSignal): void {
        this.#watchers.add(run, signal)
    }

    attach(listener: EndedListener, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#attached++ === 0) this.#start()
        this.#listeners.add(listener, signal)
        const leave = () => {
            if (--this.#attached === 0) this.#ending.abort()
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
        return this.#peer(name) !== undefined
    }

    /** Whether a device is connected, or ever was. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async isKnown(name: DeviceName): Promise<boolean> {
        return this.isConnected(name) || (await this.#o.repository.isKnown(this.#o.id, name))
    }

    /**
     * Gives a command; resolves once it is committed. With an idempotency key that was used before, that command is what it resolves with.
     * @param depth how many commands may be under way for the device
     * @throws {@link Refusal} 413 `TOO_LARGE`, 429 `TOO_MANY_COMMANDS`, 503 `STORE_UNAVAILABLE`
     */
    async send(order: Order, depth: number): Promise<Command> {
        const { id: endpoint, clock, newId, repository } = this.#o
        if (JSON.stringify(order.params).length > MAX_PARAMS)
            throw new Refusal(413, 'TOO_LARGE', `the parameters of a command have at most ${MAX_PARAMS} characters`)
        const now = clock.now()
        const ending = this.#endingAtOnce(order, now)
        const times = { createdAt: now, sentAt: null, receivedAt: null, endedAt: ending && now }
        const command: Command = { ...order, ...times, id: newId(), ending }
        this.#coming.add(command.id)
        try {
            // Both go in the same transaction, if possible; a task without a command is not done.
            const adding = repository.add(endpoint, command, depth)
            const keeping = ending ? undefined : this.#keep(command)
            const [added] = await Promise.allSettled([adding, keeping])
            if (added.status === 'rejected' || !added.value.isNew) void this.#worker!.complete([command.id])
            const { command: kept, isNew, superseded } = await adding
            for (const one of superseded) this.#ended(one)
            if (isNew && ending) this.#tell(command)
            if (isNew && !ending) await this.#begin(command, keeping!)
            return kept
        } finally {
            this.#coming.delete(command.id)
        }
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
    async withdraw(id: string): Promise<boolean> {
        const { repository, clock } = this.#o
        const command = await repository.end(id, { outcome: 'rejected', cause: 'WITHDRAWN' }, clock.now(), { unsent: true })
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

    #keep({ id, notAfter, ...name }: Command): Promise<string> {
        const { id: owner } = this.#o
        return this.#worker!.add({ id, owner, key: keyOf(name), dueAt: Number.POSITIVE_INFINITY, expiresAt: notAfter, payload: '' })
    }

    async #begin(command: Command, keeping: Promise<unknown>): Promise<void> {
        try {
            await keeping
        } catch (error) {
            // It was promised to nobody.
            void this.#end(command.id, { outcome: 'unreachable', cause: 'NOT_KEPT' })
            throw error
        }
        if (!this.#ending.signal.aborted) this.#serve(keyOf(command))
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        const { tasks, endpoint, sessions, id, log } = this.#o
        const expires = (task: Task) => this.#expired(task)
        const changed = () => this.#watchers.tell((run) => run())
        this.#worker = new Worker(
            tasks,
            { kind: KIND, queue: id, bytes: Number.POSITIVE_INFINITY, limit: 100_000, expires, changed, log },
            signal,
        )
        const come = (peer: Peer) => this.#come(peer, signal)
        const leave = (peer: Peer) => peer.id !== undefined && this.#serve(keyOf(nameOfPeer(peer)))
        endpoint.listen({ connected: come, identified: come, disconnected: leave }, signal)
        sessions.listen({ commandAnswer: (peer, answer) => void this.#answer(peer, answer) }, signal)
        void this.#takeUp(signal)
        signal.addEventListener('abort', () => this.#stop(), { once: true })
    }

    /** Takes up what a process before has left. */
    async #takeUp(signal: AbortSignal): Promise<void> {
        const { tasks, endpoint, repository, clock, id } = this.#o
        await retryUntil(clock, signal, () => tasks.begin(signal))
        const orphans = (await retryUntil(clock, signal, () => repository.orphans(id))) ?? []
        for (const one of orphans) if (!this.#coming.has(one)) void this.#end(one, { outcome: 'unreachable', cause: 'NOT_KEPT' })
        if (!signal.aborted) for (const peer of endpoint.peers.values()) this.#come(peer, signal)
    }

    #stop(): void {
        for (const cancel of this.#releasing.values()) cancel()
        this.#releasing.clear()
        for (const queue of this.#queues.values()) queue.close()
        this.#queues.clear()
    }

    #come(peer: Peer, signal: AbortSignal): void {
        if (peer.id === undefined) return
        const { clock, random, jitter, repository, id } = this.#o
        const name = nameOfPeer(peer)
        const key = keyOf(name)
        void retryUntil(clock, signal, () => repository.seen(id, name, clock.now()))
        const queue = this.#queues.get(key)
        if (queue?.peer?.open === false) queue.turnTo(undefined)
        this.#releasing.get(key)?.()
        const release = () => {
            this.#releasing.delete(key)
            this.#serve(key)
        }
        if (this.size > 0 || queue) this.#releasing.set(key, clock.after(random() * jitter, release))
    }

    #peer({ account, device }: DeviceName): Peer | undefined {
        const peers = this.#o.endpoint.find({ id: device, ...(account !== '' && { account }) })
        return peers.findLast((peer) => peer.open && (peer.identity.account ?? '') === account)
    }

    /** Sends what there is for a device, by the connection that it has now. */
    #serve(key: string): void {
        const queue = this.#queues.get(key)
        const peer = queue?.peer?.open ? queue.peer : this.#peer(nameOf(key))
        if (!peer) queue?.turnTo(undefined)
        if (!peer && queue && !queue.isBusy) this.#queues.delete(key)
        if (!peer || this.#releasing.has(key)) return
        const serving = queue ?? this.#queue(key)
        serving.turnTo(peer)
        void serving.read()
    }

    #queue(key: string): DeviceQueue {
        const { repository, sessions, clock } = this.#o
        const { signal } = this.#ending
        const idle = () => this.#queues.get(key) === queue && this.#queues.delete(key)
        const end = (id: string, ending: Ending) => this.#end(id, ending)
        const queue = new DeviceQueue(key, { worker: this.#worker!, repository, sessions, clock, end, idle, signal })
        this.#queues.set(key, queue)
        return queue
    }

    async #answer(peer: Peer, answer: CommandAnswer): Promise<void> {
        if (peer.id === undefined) return
        const { repository, clock } = this.#o
        const { signal } = this.#ending
        const { id } = answer
        const of = nameOfPeer(peer)
        const ending = endingOf(answer)
        if (!ending) {
            this.#queues.get(keyOf(of))?.received(id)
            await retryUntil(clock, signal, () => repository.received(id, of, clock.now()))
        } else await this.#end(id, ending, of)
    }

    /** Ends a command, if it has not ended. @param of only if it is for that device */
    async #end(id: string, ending: Ending, of?: DeviceName): Promise<void> {
        await retryUntil(this.#o.clock, this.#ending.signal, () => this.#endOnce(id, ending, of))
    }

    async #endOnce(id: string, ending: Ending, of?: DeviceName): Promise<void> {
        const { repository, clock } = this.#o
        const command = await repository.end(id, ending, clock.now(), of && { of })
        if (command) this.#ended(command)
    }

    #ended(command: Command): void {
        if (!this.#ending.signal.aborted) void this.#worker?.complete([command.id])
        this.#queues.get(keyOf(command))?.ended(command.id)
        this.#tell(command)
    }

    #tell(command: Command): void {
        this.#waiting.tell(command)
        this.#listeners.tell((listener) => listener(command))
    }

    async #expired({ id }: Task): Promise<undefined> {
        const { repository, clock, id: endpoint } = this.#o
        const command = await repository.get(endpoint, id)
        if (!command || command.ending) return
        const { receivedAt, sentAt } = command
        const known: Ending = receivedAt !== null ? { outcome: 'acknowledged', cause: 'NO_RESULT' } : unanswered
        const ended = await repository.end(id, sentAt === null ? { outcome: 'expired' } : known, clock.now())
        if (ended) this.#tell(ended)
    }
}
