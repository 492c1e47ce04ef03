import { type Clock, Refusal, retryUntil } from '../lib/index.ts'
import { type Task, type Tasks, Worker } from '../tasks/index.ts'
import type { Address, Endpoint, Peer } from '../ws/index.ts'
import { addressOf, type KeptMessage, keptMessage, keptPayload, keyOf } from './kept.ts'
import { RecipientQueue } from './recipient-queue.ts'

export const OUTBOX_KIND = 'outbox'
const MAX_PER_PEER = 1000
/** Messages of all endpoints in a store. */
const MAX_MESSAGES = 100_000
const MAX_TEXT = 64 * 1024 * 1024
/** Characters. */
const MAX_PAYLOAD = 1024 * 1024
/** Messages of flows that are held in memory until their outcome is known, and the characters of their payloads. */
const MOST_REMEMBERED = 10_000
const MOST_REMEMBERED_TEXT = 16 * 1024 * 1024

export interface OutboxOptions {
    endpoint: Endpoint
    /** The id of the endpoint. */
    id: string
    /** Encodes a payload in the protocol of a peer. */
    encode: (peer: Peer, payload: unknown) => string
    tasks: Tasks
    clock: Clock
    newId: () => string
    log: (text: string) => void
}

/**
 * The outcome of messages. Those from before a restart, and those for which there was no room in memory, come without the message of the
 * flow.
 */
export interface OutboxListener {
    delivered(kept: KeptMessage, msg: object | undefined): void
    expired(kept: KeptMessage, msg: object | undefined): void
}

export interface OutboxMessage {
    /** The id under which an {@link OutboxListener} is attached. */
    node: string
    peer: string
    /** The account of the peer, if it is known. */
    account?: string | undefined
    /** JSON. */
    payload: string
    /** Milliseconds. */
    ttl: number
    msg: object
}

/** A message without an account is only for a peer that has proven its id or has no account. */
const isMeant = ({ identity }: Peer, { account }: Address): boolean =>
    account !== undefined || identity.id !== undefined || identity.account === undefined

/**
 * Messages for peers of an endpoint that may be away. Each is a task, parked until its peer is connected. They are sent in order; a task is
 * complete when the peer's WebSocket has confirmed that the message arrived, and the message is sent again if the connection breaks before
 * that. It works while at least one listener is attached.
 */
export class Outbox {
    readonly #o: OutboxOptions
    readonly #listeners = new Map<string, OutboxListener>()
    /** For recipients that are connected, by {@link keyOf}. */
    readonly #queues = new Map<string, RecipientQueue>()
    /** The id that a connection had when it was sent messages: its peer may get another one. */
    readonly #served = new WeakMap<Peer, string>()
    /** Messages that are being stored, by recipient. */
    readonly #coming = new Map<string, number>()
    /** The messages of flows, by the ids of their tasks. */
    readonly #remembered = new Map<string, { msg: object; length: number }>()
    #rememberedText = 0
    #ending = new AbortController()
    #worker: Worker | undefined

    constructor(options: OutboxOptions) {
        this.#o = options
    }

    /** The number of messages. */
    get size(): number {
        return this.#o.tasks.total(OUTBOX_KIND, this.#o.id).count
    }

    attach(node: string, listener: OutboxListener, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#listeners.size === 0) this.#start()
        this.#listeners.set(node, listener)
        const leave = () => {
            this.#listeners.delete(node)
            if (this.#listeners.size === 0) this.#ending.abort()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /**
     * Stores a message, and sends it if its peer is connected. Resolves once it is stored.
     * @throws {@link Refusal} 413 `TOO_LARGE`, 503 `OUTBOX_FULL` or `STORE_UNAVAILABLE`
     */
    async keep({ node, peer, account, payload, ttl, msg }: OutboxMessage): Promise<void> {
        const { id: owner, tasks, clock, newId, endpoint } = this.#o
        if (payload.length > MAX_PAYLOAD)
            throw new Refusal(413, 'TOO_LARGE', `a message that is kept has at most ${MAX_PAYLOAD} characters`)
        const { account: whose = null, proven = false } = endpoint.resolve({ id: peer, account })
        const key = keyOf({ peer, account: whose, proven })
        const worker = this.#worker!
        const { count, bytes } = tasks.total(OUTBOX_KIND)
        const coming = (this.#coming.get(key) ?? 0) + 1
        this.#coming.set(key, coming)
        const id = newId()
        try {
            const isFull = count >= MAX_MESSAGES || bytes + payload.length > MAX_TEXT || coming > MAX_PER_PEER
            if (isFull || (await worker.count(key, MAX_PER_PEER)) + coming > MAX_PER_PEER)
                throw new Refusal(503, 'OUTBOX_FULL', `too many messages are kept for ${peer}`)
            this.#remember(id, msg, payload.length)
            await worker.add({
                ...{ id, owner, key, dueAt: Number.POSITIVE_INFINITY, expiresAt: clock.now() + ttl },
                payload: keptPayload(node, payload),
            })
        } catch (error) {
            this.#recall(id)
            throw error
        } finally {
            const left = this.#coming.get(key)! - 1
            if (left > 0) this.#coming.set(key, left)
            else this.#coming.delete(key)
        }
        if (!this.#ending.signal.aborted) this.#serve(key)
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        const { tasks, endpoint, id, clock, log } = this.#o
        const ended = (task: Task) => this.#tell(task, 'expired')
        this.#worker = new Worker(
            tasks,
            {
                kind: OUTBOX_KIND,
                queue: id, // As much as may be kept.
                bytes: Number.POSITIVE_INFINITY,
                expires: true,
                ended,
                log,
            },
            signal,
        )
        const serve = (peer: Peer) => {
            const before = this.#served.get(peer)
            if (before !== undefined && before !== peer.id) this.#serveAll(before, peer)
            if (peer.id !== undefined) this.#serveAll(peer.id, peer)
        }
        endpoint.listen({ connected: serve, identified: serve, disconnected: serve }, signal)
        void retryUntil(clock, signal, () => tasks.begin(signal)).then(() => {
            if (!signal.aborted) for (const peer of endpoint.peers.values()) serve(peer)
        })
        const stop = () => {
            for (const queue of this.#queues.values()) queue.turnTo(undefined)
            this.#queues.clear()
            this.#remembered.clear()
            this.#rememberedText = 0
        }
        signal.addEventListener('abort', stop, { once: true })
    }

    /** Sends what there is for recipients that a peer of that id may be. */
    #serveAll(peer: string, { identity }: Peer): void {
        for (const account of new Set([identity.account ?? null, null]))
            for (const proven of [true, false]) this.#serve(keyOf({ peer, account, proven }))
    }

    /** Sends what there is for a recipient, by the connection that it has now. */
    #serve(key: string): void {
        const address = this.#queues.get(key)?.address ?? addressOf(key)
        const peers = this.#o.endpoint.find(address).filter((peer) => peer.open && isMeant(peer, address))
        const queue = this.#queues.get(key) ?? (peers.length > 0 && this.size > 0 ? this.#queue(key, address) : undefined)
        if (!queue) return
        const peer = queue.peer && peers.includes(queue.peer) ? queue.peer : peers.at(-1)
        queue.turnTo(peer)
        if (!peer) {
            if (!queue.isReading) this.#queues.delete(key)
            return
        }
        this.#served.set(peer, address.id)
        void queue.read()
    }

    #queue(key: string, address: Address): RecipientQueue {
        const { clock, encode, log } = this.#o
        const [worker, { signal }] = [this.#worker!, this.#ending]
        // When it fails everything is closed, and nobody is to be told.
        const delivered = (tasks: Task[]) => void this.#delivered(tasks, worker).catch(() => {})
        const idle = () => this.#queues.get(key) === queue && this.#queues.delete(key)
        const queue = new RecipientQueue(key, address, { worker, clock, encode, delivered, idle, log, signal })
        this.#queues.set(key, queue)
        return queue
    }

    async #delivered(tasks: Task[], worker: Worker): Promise<void> {
        await worker.complete(tasks.map(({ id }) => id))
        for (const task of tasks) this.#tell(task, 'delivered')
    }

    #tell(task: Task, outcome: keyof OutboxListener): void {
        const kept = keptMessage(task)
        try {
            this.#listeners.get(kept.node)?.[outcome](kept, this.#recall(task.id))
        } catch (error) {
            this.#o.log(`a listener failed: ${error}`)
        }
    }

    #remember(id: string, msg: object, length: number): void {
        this.#remembered.set(id, { msg, length })
        this.#rememberedText += length
        for (const oldest of this.#remembered.keys()) {
            if (this.#remembered.size <= MOST_REMEMBERED && this.#rememberedText <= MOST_REMEMBERED_TEXT) return
            this.#recall(oldest)
        }
    }

    #recall(id: string): object | undefined {
        const one = this.#remembered.get(id)
        this.#remembered.delete(id)
        this.#rememberedText -= one?.length ?? 0
        return one?.msg
    }
}
