import { createHash } from 'node:crypto'
import { type Clock, dropOldest, pause, Refusal } from '../lib/index.ts'
import { type Authenticate, credentialOf } from './authentication.ts'
import type { Admission, HandshakeHead } from './endpoint.ts'

interface GuessLimiterOptions {
    /** Whether a secret may be found by trying. */
    guessable: boolean
    /** The address that a request comes from. */
    remote(request: HandshakeHead): string
    clock: Clock
    /** Ends the waiting. */
    signal: AbortSignal
}

/** Wrong secrets of one address that are answered at once; fewer where secrets are guessable, as checking a password takes time. */
const BURST = 20
const GUESSABLE_BURST = 5
/** Milliseconds between the answers to further ones. */
const SPACING = 200
/** Milliseconds that an answer is delayed at most; where it would be more, the request is refused. */
const MAX_WAIT = 1000
/** Answers that are delayed at the same time: each keeps a connection open. */
const MAX_WAITING = 100
const MAX_ADDRESSES = 10_000
/** Secrets that are remembered to be right. */
const MAX_KNOWN = 10_000

/**
 * Slows down who tries one secret after the other. A secret that was right before is never delayed, whatever else comes from its address.
 * A guessable secret is checked after the delay; any other before, so that a right one never waits.
 */
export class GuessLimiter {
    readonly #options: GuessLimiterOptions
    readonly #clock: Clock
    readonly #signal: AbortSignal
    readonly #burst: number
    /** For each address, when all its guesses are answered if they are {@link SPACING} apart; latest last. */
    readonly #due = new Map<string, number>()
    readonly #known = new Set<string>()
    #waiting = 0

    constructor(options: GuessLimiterOptions) {
        const { guessable, clock, signal } = options
        this.#options = options
        this.#clock = clock
        this.#signal = signal
        this.#burst = guessable ? GUESSABLE_BURST : BURST
    }

    /** Limits guesses in handshakes. */
    limited(authenticate: Authenticate): Authenticate {
        return (request) => {
            const shown = credentialOf(request)
            // A handshake without a secret is no guess.
            return shown === undefined ? authenticate(request) : this.limit(shown, request, () => authenticate(request))
        }
    }

    /** Limits guesses of a secret. @param shown the secret @param request that it came with; those that came with none count as one address */
    limit(shown: string, request: HandshakeHead | undefined, check: () => Admission | Promise<Admission>): Admission | Promise<Admission> {
        const { guessable, remote } = this.#options
        const address = () => (request ? remote(request) : '')
        if (guessable) return this.#limitGuessable(shown, address(), check)
        try {
            const admission = check()
            return admission instanceof Promise ? admission.catch((error) => this.#delayed(error, address())) : admission
        } catch (error) {
            return this.#delayed(error, address())
        }
    }

    async #limitGuessable(shown: string, address: string, check: () => Admission | Promise<Admission>): Promise<Admission> {
        const secret = createHash('sha256').update(shown).digest('base64')
        const isKnown = this.#known.has(secret)
        if (!isKnown) await this.#waitTurn(address)
        try {
            const admission = await check()
            this.#accept(secret, isKnown ? undefined : address)
            return admission
        } catch (error) {
            if (isKnown) return await this.#delayed(error, address)
            throw error
        }
    }

    /** Rejects with an error, after a while if it is that of a wrong secret. */
    async #delayed(error: unknown, address: string): Promise<never> {
        if (error instanceof Refusal && error.status === 401) await this.#waitTurn(address)
        throw error
    }

    /** @param address gets back the turn that it took */
    #accept(secret: string, address: string | undefined): void {
        this.#known.delete(secret)
        this.#known.add(secret)
        dropOldest(this.#known, MAX_KNOWN)
        const due = address === undefined ? undefined : this.#due.get(networkOf(address))
        if (address !== undefined && due !== undefined) this.#due.set(networkOf(address), due - SPACING)
    }

    /** Resolves when it is an address's turn. @throws {@link Refusal} 429 `TOO_MANY_GUESSES` */
    async #waitTurn(address: string): Promise<void> {
        const network = networkOf(address)
        const now = this.#clock.monotonic()
        const due = Math.max(this.#due.get(network) ?? now, now)
        const wait = due - this.#burst * SPACING - now
        if (wait > MAX_WAIT || (wait > 0 && this.#waiting >= MAX_WAITING))
            throw new Refusal(429, 'TOO_MANY_GUESSES', 'too many tokens or passwords from this address were wrong: wait a while')
        this.#due.delete(network)
        this.#due.set(network, due + SPACING)
        dropOldest(this.#due, MAX_ADDRESSES)
        if (wait <= 0) return
        this.#waiting++
        await pause(this.#clock, wait, this.#signal)
        this.#waiting--
    }
}

/** The address, or the /64 network of an IPv6 address, all of which belongs to one owner. */
function networkOf(address: string): string {
    if (!address.includes(':')) return address
    const [start = '', end = ''] = address.split('::')
    const [head, tail] = [start, end].map((part) => part.split(':').filter((group) => group !== ''))
    const zeros = address.includes('::') ? Array(Math.max(8 - head!.length - tail!.length, 0)).fill('0') : []
    return [...head!, ...zeros, ...tail!].slice(0, 4).join(':')
}
