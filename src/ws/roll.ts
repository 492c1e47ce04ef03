import { identifier } from '../input.ts'
import { badInput, Refusal } from '../refusal.ts'
import type { WsPeer } from './peer.ts'

/** What becomes of a second connection of the same peer. */
export type Duplicate = 'close-old' | 'refuse-new' | 'keep-both'

/** Who goes by which id. */
export class Roll {
    readonly #duplicate: Duplicate
    readonly #peers = new Map<string, WsPeer[]>()

    constructor(duplicate: Duplicate) {
        this.#duplicate = duplicate
    }

    byId(id: string): readonly WsPeer[] {
        return this.#peers.get(id) ?? []
    }

    /**
     * Puts a peer down under an id, and takes it off the one it had.
     * @returns whether it may stay
     * @throws {@link Refusal} 403 if it was authenticated as somebody else, 422 if that is no id
     */
    enter(peer: WsPeer, id: string): boolean {
        if (peer.id === id) return true
        check(peer, id)
        const others = this.byId(id)
        if (others.length > 0 && this.#duplicate === 'refuse-new') {
            peer.close(4409, 'already connected')
            return false
        }
        if (this.#duplicate === 'close-old') this.#replace(others)
        this.leave(peer)
        peer.id = id
        this.#peers.set(id, [...this.byId(id), peer])
        return true
    }

    /** The peer keeps its id, for those who are told that it is gone. */
    leave(peer: WsPeer): void {
        if (peer.id === undefined) return
        const left = this.byId(peer.id).filter((one) => one !== peer)
        if (left.length > 0) this.#peers.set(peer.id, left)
        else this.#peers.delete(peer.id)
    }

    #replace(others: readonly WsPeer[]): void {
        for (const other of others) {
            this.leave(other)
            other.close(1000, 'replaced')
        }
    }
}

function check({ identity }: WsPeer, id: string): void {
    if (!identifier('id', id).isWellFormed() || /\p{Cc}/u.test(id)) throw badInput('id', 'must not have control characters')
    if (identity.id !== undefined && identity.id !== id)
        throw new Refusal(403, 'FOREIGN_ID', `${identity.id} must not speak for another peer`)
}
