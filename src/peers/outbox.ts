import { Agenda, type Clock, Refusal, retryUntil } from '../lib/index.ts'
import type { Address, Endpoint, Peer } from '../ws/index.ts'
import { type Entry, RecipientQueue } from './recipient-queue.ts'
import type { OutboxRepository, OutboxRow } from './repository.ts'

export interface OutboxOptions {
    endpoint: Endpoint
    /** The endpoint's own id. */
    id: string
    /** Encodes a payload in the protocol of a peer. */
    write: (peer: Peer, payload: unknown) => string
    repository: OutboxRepository
    /** Resolves once the repository can be used for the first time. */
    ready: (signal: AbortSignal) => Promise<void>
    clock: Clock
    newId: () => string
    log: (text: string) => void
}

/** The outcome of messages, also of those from before a restart, which have no `msg` any more. */
export interface OutboxListener {
    delivered(row: OutboxRow, msg: object | undefined): void
    expired(row: OutboxRow, msg: object | undefined): void
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

type Recipient = Pick<OutboxRow, 'peer' | 'account' | 'proven'>

/** The same for messages of the same recipient. */
const keyOf = ({ peer, account, proven }: Recipient): string => JSON.stringify([peer, account, proven])

/** A message without an account is only for a peer that has proven its id or has no account. */
const isMeant = ({ identity }: Peer, { account }: Address): boolean =>
    account !== undefined || identity.id !== undefined || identity.account === undefined

const MAX_PER_PEER = 1000
const MAX_MESSAGES = 100_000
/** Characters of all payloads together. */
const MAX_TEXT = 64 * 1024 * 1024
/** Characters. */
const MAX_PAYLOAD = 1024 * 1024

/**
 * Messages for peers of an endpoint that may be away. Each is stored first, sent in order while its peer is connected, and deleted once
 * the peer's WebSocket has confirmed that it arrived; if the connection breaks before that, it is sent again. It works while at least one
 * listener is attached.
 */
export class Outbox {
    readonly #options: OutboxOptions
    readonly #listeners = new Map<string, OutboxListener>()
    readonly #agenda: Agenda<string>
    /** By {@link keyOf}. */
    readonly #queues = new Map<string, RecipientQueue>()
    /** All messages that are neither delivered nor expired, by id. */
    readonly #rows = new Map<string, OutboxRow>()
    /** The id that a connection had when it was sent messages: its peer may get another one. */
    readonly #served = new WeakMap<Peer, string>()
    /** Messages of each recipient, those included that are being stored. */
    readonly #counts = new Map<string, number>()
    #count = 0
    #text = 0
    #isLoaded = false
    #halt = new AbortController()

    constructor(options: OutboxOptions) {
        this.#options = options
        this.#agenda = new Agenda(options.clock, (id) => this.#expire(id), { failed: (error) => options.log(`an expiry failed: ${error}`) })
    }

    /** The number of messages. */
    get size(): number {
        return this.#count
    }

    attach(node: string, listener: OutboxListener, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#listeners.size === 0) this.#start()
        this.#listeners.set(node, listener)
        const leave = () => {
            this.#listeners.delete(node)
            if (this.#listeners.size === 0) this.#stop()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /**
     * Stores a message, and sends it if its peer is connected. Resolves once it is stored.
     * @throws {@link Refusal} 413 `TOO_LARGE`, 503 `OUTBOX_FULL` or `STORE_UNAVAILABLE`
     */
    async keep({ node, peer, account, payload, ttl, msg }: OutboxMessage): Promise<void> {
        const { id: endpoint, repository, clock, newId } = this.#options
        if (payload.length > MAX_PAYLOAD)
            throw new Refusal(413, 'TOO_LARGE', `a message that is kept has at most ${MAX_PAYLOAD} characters`)
        const { account: whose = null, proven = false } = this.#options.endpoint.resolve({ id: peer, account })
        const key = keyOf({ peer, account: whose, proven })
        const isFull = this.#count >= MAX_MESSAGES || this.#text + payload.length > MAX_TEXT || (this.#counts.get(key) ?? 0) >= MAX_PER_PEER
        if (isFull) throw new Refusal(503, 'OUTBOX_FULL', `too many messages are kept for ${peer}`)
        const now = clock.now()
        const row = { id: newId(), endpoint, node, peer, account: whose, proven, payload, createdAt: now, expiresAt: now + ttl }
        const { signal } = this.#halt
        this.#tally(row, 1)
        try {
            await repository.add(row)
        } catch (error) {
            if (!signal.aborted) this.#tally(row, -1)
            throw error
        }
        if (signal.aborted || this.#rows.has(row.id)) return
        this.#queueOf(row).push(this.#entry(row, msg))
        this.#serve(key)
    }

    #start(): void {
        this.#halt = new AbortController()
        const { signal } = this.#halt
        const serve = (peer: Peer) => {
            const before = this.#served.get(peer)
            if (before !== undefined && before !== peer.id) this.#serveAll(before, peer)
            if (peer.id !== undefined) this.#serveAll(peer.id, peer)
        }
        const { endpoint, repository, id } = this.#options
        endpoint.listen({ connected: serve, identified: serve, disconnected: serve }, signal)
        repository.attend(id, signal)
        void this.#load(signal)
    }

    #stop(): void {
        this.#halt.abort()
        this.#agenda.clear()
        for (const all of [this.#queues, this.#rows, this.#counts]) all.clear()
        this.#count = 0
        this.#text = 0
        this.#isLoaded = false
    }

    async #load(signal: AbortSignal): Promise<void> {
        const { repository, ready, clock, id } = this.#options
        // The store says itself why it is away.
        const rows = await retryUntil(clock, signal, () => ready(signal).then(() => repository.rows(id)))
        if (rows && !signal.aborted) this.#resume(rows)
    }

    #resume(rows: OutboxRow[]): void {
        this.#isLoaded = true
        const old = Map.groupBy(
            rows.filter(({ id }) => !this.#rows.has(id)),
            keyOf,
        )
        for (const those of old.values()) {
            for (const row of those) this.#tally(row, 1)
            this.#queueOf(those[0]!).unshift(those.map((row) => this.#entry(row, undefined)))
        }
        for (const key of this.#queues.keys()) this.#serve(key)
    }

    #entry(row: OutboxRow, msg: object | undefined): Entry {
        this.#rows.set(row.id, row)
        // Where the clock was set back, `createdAt` is in the future: no message lives longer than its time to live.
        const { createdAt, expiresAt } = row
        this.#agenda.after(row.id, Math.min(expiresAt - this.#options.clock.now(), expiresAt - createdAt))
        return { row, msg, isLate: false }
    }

    #queueOf(row: Recipient): RecipientQueue {
        const key = keyOf(row)
        const known = this.#queues.get(key)
        if (known) return known
        const address = { id: row.peer, proven: row.proven, ...(row.account !== null && { account: row.account }) }
        const queue = new RecipientQueue(address, this.#options.write, (entries) => void this.#finish(entries, 'delivered'))
        this.#queues.set(key, queue)
        return queue
    }

    /** Sends what there is for recipients that a peer of that id may be. */
    #serveAll(peer: string, { identity }: Peer): void {
        if (this.#queues.size === 0) return
        for (const account of new Set([identity.account ?? null, null]))
            for (const proven of [true, false]) this.#serve(keyOf({ peer, account, proven }))
    }

    /** Sends what there is for a recipient, by the connection that it has now. */
    #serve(key: string): void {
        const queue = this.#queues.get(key)
        if (!queue || !this.#isLoaded) return
        const peers = this.#options.endpoint.find(queue.address).filter((peer) => peer.open && isMeant(peer, queue.address))
        const isSame = queue.peer !== undefined && peers.includes(queue.peer)
        const peer = isSame ? queue.peer : peers.at(-1)
        if (peer) this.#served.set(peer, queue.address.id)
        void this.#finish(queue.turnTo(peer), 'expired')
        queue.pump()
    }

    #expire(id: string): void {
        const row = this.#rows.get(id)
        const entry = row && this.#queues.get(keyOf(row))?.take(id)
        if (entry) void this.#finish([entry], 'expired')
    }

    async #finish(entries: Entry[], outcome: keyof OutboxListener): Promise<void> {
        const { signal } = this.#halt
        await Promise.all(entries.map((entry) => this.#forget(entry, signal)))
        for (const { row, msg } of entries) {
            if (signal.aborted) return
            this.#tally(row, -1)
            this.#rows.delete(row.id)
            const key = keyOf(row)
            if (this.#queues.get(key)?.size === 0) this.#queues.delete(key)
            this.#tell(() => this.#listeners.get(row.node)?.[outcome](row, msg))
        }
    }

    /** Deletes a message, with retries until the store does it. */
    async #forget({ row: { id } }: Entry, signal: AbortSignal): Promise<void> {
        const { repository, clock } = this.#options
        this.#agenda.delete(id)
        await retryUntil(clock, signal, () => repository.remove(id))
    }

    #tell(call: () => void): void {
        try {
            call()
        } catch (error) {
            this.#options.log(`a listener failed: ${error}`)
        }
    }

    #tally(row: OutboxRow, by: 1 | -1): void {
        const key = keyOf(row)
        const count = (this.#counts.get(key) ?? 0) + by
        if (count > 0) this.#counts.set(key, count)
        else this.#counts.delete(key)
        this.#count += by
        this.#text += by * row.payload.length
    }
}
