import { Agenda, backoff, type Clock, pause, Refusal } from '../lib/index.ts'
import type { Address, Endpoint, Peer } from '../ws/index.ts'
import { type Entry, Lane } from './lane.ts'
import type { OutboxRepository, OutboxRow } from './repository.ts'

export interface OutboxOptions {
    endpoint: Endpoint
    /** The endpoint's own id. */
    id: string
    /** A frame of a peer's protocol. */
    write: (peer: Peer, payload: unknown) => string
    repository: OutboxRepository
    /** Resolves once the repository can be used for the first time. */
    ready: (signal: AbortSignal) => Promise<void>
    clock: Clock
    newId: () => string
    log: (text: string) => void
}

/** Is told what became of the messages that it had kept: of those from before a restart, too, which have no `msg` any more. */
export interface Author {
    delivered(row: OutboxRow, msg: object | undefined): void
    expired(row: OutboxRow, msg: object | undefined): void
}

export interface Letter {
    /** The id of the {@link Author}. */
    node: string
    peer: string
    /** Whose peer, if that is known. */
    account?: string | undefined
    /** JSON. */
    payload: string
    /** Milliseconds. */
    ttl: number
    msg: object
}

type Recipient = Pick<OutboxRow, 'peer' | 'account' | 'proven'>

/** Whom a message is for, as a text. */
const keyOf = ({ peer, account, proven }: Recipient): string => JSON.stringify([peer, account, proven])

/** What is kept for nobody's account in particular waits for somebody who has proven the id, or has no account. */
const isMeant = ({ identity }: Peer, { account }: Address): boolean =>
    account !== undefined || identity.id !== undefined || identity.account === undefined

const MOST_PER_PEER = 1000
const MOST = 100_000
/** Characters of all payloads together. */
const MOST_TEXT = 64 * 1024 * 1024
/** Characters. */
const LONGEST = 1024 * 1024

/**
 * Messages for peers of an endpoint that may be away. Each is kept before it counts, leaves when its peer is there, in order, and is
 * kept until the peer's WebSocket has confirmed that it arrived; if the connection breaks before that, it is sent again. It works
 * while at least one author is attached.
 */
export class Outbox {
    readonly #options: OutboxOptions
    readonly #authors = new Map<string, Author>()
    readonly #agenda: Agenda<string>
    /** By {@link keyOf whom they are for}. */
    readonly #lanes = new Map<string, Lane>()
    /** Which peer a message is for, of all that are neither delivered nor expired. */
    readonly #rows = new Map<string, OutboxRow>()
    /** The id that a connection was served under: its peer may take another one. */
    readonly #served = new WeakMap<Peer, string>()
    /** Messages of each peer, those included that are only just being kept. */
    readonly #counts = new Map<string, number>()
    #count = 0
    #text = 0
    #isLoaded = false
    #halt = new AbortController()

    constructor(options: OutboxOptions) {
        this.#options = options
        this.#agenda = new Agenda(options.clock, (id) => this.#expire(id), { failed: (error) => options.log(`an expiry failed: ${error}`) })
    }

    /** How many messages are kept. */
    get size(): number {
        return this.#count
    }

    attach(node: string, author: Author, signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#authors.size === 0) this.#start()
        this.#authors.set(node, author)
        const leave = () => {
            this.#authors.delete(node)
            if (this.#authors.size === 0) this.#stop()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /**
     * Keeps a message, and sends it if its peer is there. Resolves once it is kept.
     * @throws {@link Refusal} 413 `TOO_LARGE`, 503 `OUTBOX_FULL` or `STORE_UNAVAILABLE`
     */
    async keep({ node, peer, account, payload, ttl, msg }: Letter): Promise<void> {
        const { id: endpoint, repository, clock, newId } = this.#options
        if (payload.length > LONGEST) throw new Refusal(413, 'TOO_LARGE', `a message that is kept has at most ${LONGEST} characters`)
        const { account: whose = null, proven = false } = this.#options.endpoint.resolve({ id: peer, account })
        const key = keyOf({ peer, account: whose, proven })
        const isFull = this.#count >= MOST || this.#text + payload.length > MOST_TEXT || (this.#counts.get(key) ?? 0) >= MOST_PER_PEER
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
        this.#lane(row).push(this.#entry(row, msg))
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
        for (const all of [this.#lanes, this.#rows, this.#counts]) all.clear()
        this.#count = 0
        this.#text = 0
        this.#isLoaded = false
    }

    async #load(signal: AbortSignal): Promise<void> {
        const { repository, ready, clock, id } = this.#options
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                await ready(signal)
                const rows = await repository.rows(id)
                if (!signal.aborted) this.#resume(rows)
                return
            } catch {
                // The store says itself why it is away.
                await pause(clock, backoff(tries), signal)
            }
        }
    }

    #resume(rows: OutboxRow[]): void {
        this.#isLoaded = true
        const old = Map.groupBy(
            rows.filter(({ id }) => !this.#rows.has(id)),
            keyOf,
        )
        for (const those of old.values()) {
            for (const row of those) this.#tally(row, 1)
            this.#lane(those[0]!).unshift(those.map((row) => this.#entry(row, undefined)))
        }
        for (const key of this.#lanes.keys()) this.#serve(key)
    }

    #entry(row: OutboxRow, msg: object | undefined): Entry {
        this.#rows.set(row.id, row)
        // One from the future was kept before the clock was set back: none is kept for longer than its time to live.
        const { createdAt, expiresAt } = row
        this.#agenda.after(row.id, Math.min(expiresAt - this.#options.clock.now(), expiresAt - createdAt))
        return { row, msg, isLate: false }
    }

    #lane(row: Recipient): Lane {
        const key = keyOf(row)
        const known = this.#lanes.get(key)
        if (known) return known
        const address = { id: row.peer, proven: row.proven, ...(row.account !== null && { account: row.account }) }
        const lane = new Lane(address, this.#options.write, (entries) => void this.#finish(entries, 'delivered'))
        this.#lanes.set(key, lane)
        return lane
    }

    /** Looks anew at all that may leave by a peer of that id. */
    #serveAll(peer: string, { identity }: Peer): void {
        if (this.#lanes.size === 0) return
        for (const account of new Set([identity.account ?? null, null]))
            for (const proven of [true, false]) this.#serve(keyOf({ peer, account, proven }))
    }

    /** Sends what there is for somebody, by the connection that they have now. */
    #serve(key: string): void {
        const lane = this.#lanes.get(key)
        if (!lane || !this.#isLoaded) return
        const peers = this.#options.endpoint.find(lane.address).filter((peer) => peer.open && isMeant(peer, lane.address))
        const isSame = lane.peer !== undefined && peers.includes(lane.peer)
        const peer = isSame ? lane.peer : peers.at(-1)
        if (peer) this.#served.set(peer, lane.address.id)
        void this.#finish(lane.turnTo(peer), 'expired')
        lane.pump()
    }

    #expire(id: string): void {
        const row = this.#rows.get(id)
        const entry = row && this.#lanes.get(keyOf(row))?.take(id)
        if (entry) void this.#finish([entry], 'expired')
    }

    async #finish(entries: Entry[], outcome: keyof Author): Promise<void> {
        const { signal } = this.#halt
        await Promise.all(entries.map((entry) => this.#forget(entry, signal)))
        for (const { row, msg } of entries) {
            if (signal.aborted) return
            this.#tally(row, -1)
            this.#rows.delete(row.id)
            const key = keyOf(row)
            if (this.#lanes.get(key)?.size === 0) this.#lanes.delete(key)
            this.#tell(() => this.#authors.get(row.node)?.[outcome](row, msg))
        }
    }

    /** It stays over, whenever the store takes notice of it. */
    async #forget({ row: { id } }: Entry, signal: AbortSignal): Promise<void> {
        const { repository, clock } = this.#options
        this.#agenda.delete(id)
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                return await repository.remove(id)
            } catch {
                await pause(clock, backoff(tries), signal)
            }
        }
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
