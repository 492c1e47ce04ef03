import { Agenda, type Clock } from '../lib/index.ts'
import type { Admission } from './endpoint.ts'
import type { WsPeer } from './peer.ts'

/** Milliseconds before its token expires at which a peer is told so. Of a token with less than twice that, half its time. */
const NOTICE = 60_000

interface DeadlinesOptions {
    clock: Clock
    /** Milliseconds within which a peer must have got an id; undefined for no limit. */
    idWithin: number | undefined
    /** Is told of a peer whose token expires soon. */
    expiring: (peer: WsPeer, expiresAt: number) => void
    log: (text: string) => void
}

/** Ends connections in time: when their tokens expire, and when it is not known soon enough whose they are. */
export class Deadlines {
    readonly #o: DeadlinesOptions
    readonly #tokens: Agenda<WsPeer>
    readonly #ids: Agenda<WsPeer>

    constructor(options: DeadlinesOptions) {
        const { clock, log } = options
        this.#o = options
        const failed = (error: unknown) => log(`a peer could not be closed: ${error}`)
        this.#tokens = new Agenda(clock, (peer) => this.#due(peer), { follows: 'wall', failed })
        this.#ids = new Agenda(clock, (peer) => peer.close(4408, 'it was not told in time who this is'), { failed })
    }

    /** A peer has connected. */
    connected(peer: WsPeer): void {
        const { idWithin } = this.#o
        if (idWithin !== undefined && peer.id === undefined) this.#ids.after(peer, idWithin)
    }

    /** It is known whose a connection is. */
    identified(peer: WsPeer): void {
        this.#ids.delete(peer)
    }

    /** A token was shown: the connection ends with it. */
    admitted(peer: WsPeer, { expiresAt }: Admission): void {
        peer.expiresAt = expiresAt
        if (expiresAt === undefined) this.#tokens.delete(peer)
        else this.#tokens.set(peer, expiresAt - Math.min(NOTICE, (expiresAt - this.#o.clock.now()) / 2))
    }

    left(peer: WsPeer): void {
        this.#tokens.delete(peer)
        this.#ids.delete(peer)
    }

    clear(): void {
        this.#tokens.clear()
        this.#ids.clear()
    }

    #due(peer: WsPeer): void {
        const at = peer.expiresAt!
        if (this.#o.clock.now() < at) {
            this.#tokens.set(peer, at)
            this.#o.expiring(peer, at)
        } else peer.close(4401, 'the token has expired')
    }
}
