import { Refusal } from '../lib/index.ts'
import type { Address, Endpoint, Peer } from '../ws/index.ts'
import type { Sessions } from './sessions.ts'

/** The peer that a message came from. */
interface Sender {
    connection?: string
    account?: string
    /** What an answer has to repeat. */
    reply?: unknown
}

/** The outcome of a message for several peers: how many connections took it, and the ids of peers of which none did. */
interface Delivered {
    delivered: number
    away: string[]
    busy: string[]
}

/** Sends messages of flows to peers of an endpoint, to each in its own protocol. */
export class Delivery {
    readonly #endpoint: Pick<Endpoint, 'peers' | 'find' | 'broadcast'>
    readonly #sessions: Pick<Sessions, 'of'>

    constructor({ endpoint, sessions }: { endpoint: Pick<Endpoint, 'peers' | 'find' | 'broadcast'>; sessions: Pick<Sessions, 'of'> }) {
        this.#endpoint = endpoint
        this.#sessions = sessions
    }

    /** Whether the peer that a message came from is still connected. */
    isHere(from: Sender | null | undefined): boolean {
        return this.#peer(from)?.open === true
    }

    /** Answers a peer. @throws {@link Refusal} 404 `PEER_AWAY`, 503 `PEER_BUSY` */
    reply(from: Sender | null | undefined, status: number, content: unknown): { delivered: number } {
        const peer = this.#peer(from)
        if (!peer?.open) throw away()
        const session = this.#sessions.of(peer)
        const frame = from?.reply === undefined ? session.encode(content) : session.reply(from.reply, status, content)
        if (!peer.send(frame)) throw busy()
        return { delivered: 1 }
    }

    /**
     * Sends to all peers; a frame is built once for all sessions with the same encoding.
     * @param from a peer to leave out, together with all peers of other accounts
     */
    all(content: unknown, from?: Sender | null): { delivered: number } {
        const isMeant = ({ connection, identity }: Peer) => !from || (connection !== from.connection && identity.account === from.account)
        const peers = [...this.#endpoint.peers.values()].filter(isMeant)
        let delivered = 0
        for (const alike of Map.groupBy(peers, (peer) => this.#sessions.of(peer).encoding ?? peer).values())
            delivered += this.#endpoint.broadcast(alike, this.#sessions.of(alike[0]!).encode(content))
        return { delivered }
    }

    /** Sends to some peers. @throws {@link Refusal} 404 `PEER_AWAY` or 503 `PEER_BUSY` if none of them takes it */
    some(addresses: readonly Address[], content: unknown): Delivered {
        const result: Delivered = { delivered: 0, away: [], busy: [] }
        for (const address of addresses) {
            const peers = this.#endpoint.find(address).filter(({ open }) => open)
            const taken = peers.filter((peer) => peer.send(this.#sessions.of(peer).encode(content))).length
            result.delivered += taken
            if (taken === 0) result[peers.length === 0 ? 'away' : 'busy'].push(address.id)
        }
        if (result.delivered === 0 && result.busy.length > 0) throw busy(result.busy)
        if (result.delivered === 0) throw away(result.away)
        return result
    }

    #peer(from: Sender | null | undefined): Peer | undefined {
        return this.#endpoint.peers.get(String(from?.connection))
    }
}

const away = (ids?: string[]) => new Refusal(404, 'PEER_AWAY', 'the peer is not connected', ids && { away: ids })
const busy = (ids?: string[]) => new Refusal(503, 'PEER_BUSY', 'the peer does not take what it is sent', ids && { busy: ids })
