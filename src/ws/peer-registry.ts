import { badInput, dropOldest, identifier, Refusal } from '../lib/index.ts'
import type { Address, Identity } from './endpoint.ts'
import type { FlapDetector } from './flapping.ts'
import type { WsPeer } from './peer.ts'

/** What happens when a peer connects that is connected already. */
export type Duplicate = 'close-old' | 'refuse-new' | 'keep-both'

/** Proven ids that are remembered. */
const MAX_PROVEN = 50_000

/**
 * The peers of an endpoint by id. A peer is identified by account and id. If its token names the id, the id is proven; from then on no
 * peer of the same account can merely claim it.
 */
export class PeerRegistry {
    readonly #duplicate: Duplicate
    readonly #flaps: FlapDetector
    readonly #peers = new Map<string, WsPeer[]>()
    /** For each id, the accounts in which it was proven since the endpoint began. */
    readonly #proven = new Map<string, Set<string | undefined>>()

    constructor(duplicate: Duplicate, flaps: FlapDetector) {
        this.#duplicate = duplicate
        this.#flaps = flaps
    }

    /** @see Endpoint.find */
    find({ id, account, proven = false }: Address): readonly WsPeer[] {
        const all = this.#all(id)
        if (account !== undefined) return all.filter((peer) => peer.identity.account === account && (!proven || isProven(peer)))
        const sure = all.filter(isProven)
        if (proven || sure.length > 0 || this.#proven.has(id)) return sure
        return all
    }

    /** @see Endpoint.resolve */
    resolve({ id, account }: Address): Address {
        const accounts = this.#proven.get(id)
        if (account !== undefined) return { id, account, proven: accounts?.has(account) ?? false }
        const [only] = accounts ?? []
        return { id, ...(accounts?.size === 1 && only !== undefined && { account: only }), proven: accounts !== undefined }
    }

    /**
     * Registers a peer under an id instead of the one it had.
     * @returns whether it may stay connected
     * @throws {@link Refusal} 403 `FOREIGN_ID`, 422 `BAD_INPUT`
     */
    register(peer: WsPeer, id: string): boolean {
        if (peer.id === id) return true
        check(peer, id)
        if (isProven(peer)) this.#prove(peer, id)
        else if (this.#proven.get(id)?.has(peer.identity.account))
            throw new Refusal(403, 'FOREIGN_ID', `${id} is a peer that proves it by its token`)
        const others = this.#all(id).filter(({ identity }) => identity.account === peer.identity.account)
        if (others.length > 0 && !this.#mayReplace(id, peer)) {
            peer.close(4409, 'already connected')
            return false
        }
        if (this.#duplicate === 'close-old') this.#replace(others)
        this.unregister(peer)
        peer.id = id
        this.#peers.set(id, [...this.#all(id), peer])
        return true
    }

    /**
     * Sets the identity that a token proves after the handshake. A peer that has claimed an id before has to be registered again.
     * @throws {@link Refusal} 403 `FOREIGN_ID` if it has proven another identity before
     */
    admit(peer: WsPeer, identity: Identity): void {
        const { id, account } = peer.identity
        if (id !== undefined && (id !== identity.id || account !== identity.account))
            throw new Refusal(403, 'FOREIGN_ID', `${id} must not become another peer`)
        if (id === undefined && identity.id !== undefined && peer.id !== undefined) {
            this.unregister(peer)
            peer.id = undefined
        }
        peer.identity = identity
    }

    /** The peer keeps its id, so that listeners can be told who has disconnected. */
    unregister(peer: WsPeer): void {
        if (peer.id === undefined) return
        const left = this.#all(peer.id).filter((one) => one !== peer)
        if (left.length > 0) this.#peers.set(peer.id, left)
        else this.#peers.delete(peer.id)
    }

    #all(id: string): readonly WsPeer[] {
        return this.#peers.get(id) ?? []
    }

    /** Closes the peers of the account that have merely claimed the id. */
    #prove({ identity: { account } }: WsPeer, id: string): void {
        const accounts = this.#proven.get(id) ?? new Set()
        this.#proven.delete(id)
        this.#proven.set(id, accounts.add(account))
        dropOldest(this.#proven, MAX_PROVEN)
        for (const other of this.#all(id)) {
            if (isProven(other) || other.identity.account !== account) continue
            this.unregister(other)
            other.close(1008, 'another peer has proven this id')
        }
    }

    #mayReplace(id: string, { identity: { account } }: WsPeer): boolean {
        if (this.#duplicate === 'close-old') return this.#flaps.mayReplace(id, account)
        return this.#duplicate === 'keep-both'
    }

    #replace(others: readonly WsPeer[]): void {
        for (const other of others) {
            this.unregister(other)
            other.close(1000, 'replaced')
        }
    }
}

const isProven = ({ identity }: WsPeer): boolean => identity.id !== undefined

function check({ identity }: WsPeer, id: string): void {
    if (!identifier('id', id).isWellFormed() || /\p{Cc}/u.test(id)) throw badInput('id', 'must not have control characters')
    if (identity.id !== undefined && identity.id !== id)
        throw new Refusal(403, 'FOREIGN_ID', `${identity.id} must not speak for another peer`)
}
