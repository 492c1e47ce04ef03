import { badInput, identifier, Refusal } from '../lib/index.ts'
import type { Address, Identity } from './endpoint.ts'
import type { WsPeer } from './peer.ts'

/** What becomes of a second connection of the same peer. */
export type Duplicate = 'close-old' | 'refuse-new' | 'keep-both'

/** Ids of which it is remembered that somebody has proven them. */
const MOST_PROVEN = 50_000

/**
 * Who goes by which id. A peer is an account and an id; one that its token names has proven its id, and nobody of the same account who
 * merely says it may have it then.
 */
export class Roll {
    readonly #duplicate: Duplicate
    readonly #peers = new Map<string, WsPeer[]>()
    /** The accounts in which an id was proven, since the endpoint began. */
    readonly #proven = new Map<string, Set<string | undefined>>()

    constructor(duplicate: Duplicate) {
        this.#duplicate = duplicate
    }

    /** @see Endpoint.reach */
    reach({ id, account, proven = false }: Address): readonly WsPeer[] {
        const all = this.#all(id)
        if (account !== undefined) return all.filter((peer) => peer.identity.account === account && (!proven || isProven(peer)))
        const sure = all.filter(isProven)
        if (proven || sure.length > 0 || this.#proven.has(id)) return sure
        return all
    }

    /** @see Endpoint.settle */
    settle({ id, account }: Address): Address {
        const accounts = this.#proven.get(id)
        if (account !== undefined) return { id, account, proven: accounts?.has(account) ?? false }
        const [only] = accounts ?? []
        return { id, ...(accounts?.size === 1 && only !== undefined && { account: only }), proven: accounts !== undefined }
    }

    /**
     * Puts a peer down under an id, and takes it off the one it had.
     * @returns whether it may stay
     * @throws {@link Refusal} 403 if it was authenticated as somebody else, 422 if that is no id
     */
    enter(peer: WsPeer, id: string): boolean {
        if (peer.id === id) return true
        check(peer, id)
        if (isProven(peer)) this.#prove(peer, id)
        else if (this.#proven.get(id)?.has(peer.identity.account))
            throw new Refusal(403, 'FOREIGN_ID', `${id} is a peer that proves it by its token`)
        const others = this.#all(id).filter(({ identity }) => identity.account === peer.identity.account)
        if (others.length > 0 && this.#duplicate === 'refuse-new') {
            peer.close(4409, 'already connected')
            return false
        }
        if (this.#duplicate === 'close-old') this.#replace(others)
        this.leave(peer)
        peer.id = id
        this.#peers.set(id, [...this.#all(id), peer])
        return true
    }

    /**
     * Takes over what a token proves of a peer. Under another id than it has merely claimed, it has to enter again.
     * @throws {@link Refusal} 403 `FOREIGN_ID` if another token has proven something else
     */
    admit(peer: WsPeer, identity: Identity): void {
        const { id, account } = peer.identity
        if (id !== undefined && (id !== identity.id || account !== identity.account))
            throw new Refusal(403, 'FOREIGN_ID', `${id} must not become another peer`)
        if (id === undefined && identity.id !== undefined && peer.id !== undefined) {
            this.leave(peer)
            peer.id = undefined
        }
        peer.identity = identity
    }

    /** The peer keeps its id, for those who are told that it is gone. */
    leave(peer: WsPeer): void {
        if (peer.id === undefined) return
        const left = this.#all(peer.id).filter((one) => one !== peer)
        if (left.length > 0) this.#peers.set(peer.id, left)
        else this.#peers.delete(peer.id)
    }

    #all(id: string): readonly WsPeer[] {
        return this.#peers.get(id) ?? []
    }

    /** Whoever of the account has only claimed the id so far has to go. */
    #prove({ identity: { account } }: WsPeer, id: string): void {
        const accounts = this.#proven.get(id) ?? new Set()
        this.#proven.delete(id)
        this.#proven.set(id, accounts.add(account))
        for (const oldest of this.#proven.keys()) if (this.#proven.size > MOST_PROVEN) this.#proven.delete(oldest)
        for (const other of this.#all(id)) {
            if (isProven(other) || other.identity.account !== account) continue
            this.leave(other)
            other.close(1008, 'another peer has proven this id')
        }
    }

    #replace(others: readonly WsPeer[]): void {
        for (const other of others) {
            this.leave(other)
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
