import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Clock, pause, Refusal } from '../lib/index.ts'
import { type Authenticate, credentialOf } from './authentication.ts'
import type { Admission } from './endpoint.ts'

export interface GuessesOptions {
    /** Whether a secret is so short that somebody may find it by trying. */
    guessable: boolean
    /** The address that a request comes from. */
    remote: (request: IncomingMessage) => string
    clock: Clock
    /** Ends the waiting. */
    signal: AbortSignal
}

/** Wrong ones of one address that are answered at once: few of what can be guessed, for a password takes its time to look at. */
const BURST = 20
const GUESSABLE_BURST = 5
/** Milliseconds between two answers after that. */
const SPACING = 200
/** Milliseconds that an answer may be put off by; beyond that, it is another one. */
const LONGEST_WAIT = 1000
/** Answers that are put off at once: each keeps a connection. */
const MOST_WAITING = 100
const MOST_ADDRESSES = 10_000
/** Secrets that are known to be right. */
const MOST_KNOWN = 10_000

/**
 * Answers whoever tries one secret after the other more and more slowly. What was right before comes in at once, whoever else tries from
 * the same address. What nobody can guess is looked at before it is slowed down, so that a right one never waits; what can be
 * guessed is looked at when its turn has come.
 */
export class Guesses {
    readonly #options: GuessesOptions
    readonly #clock: Clock
    readonly #signal: AbortSignal
    readonly #burst: number
    /** By address, when all its guesses so far would be done if there were {@link SPACING} between them. The latest come last. */
    readonly #due = new Map<string, number>()
    readonly #known = new Set<string>()
    #waiting = 0

    constructor(options: GuessesOptions) {
        const { guessable, clock, signal } = options
        this.#options = options
        this.#clock = clock
        this.#signal = signal
        this.#burst = guessable ? GUESSABLE_BURST : BURST
    }

    /** Guards what lets in whoever shows the right thing in a handshake. */
    guarded(authenticate: Authenticate): Authenticate {
        return (request) => {
            const shown = credentialOf(request)
            // Who shows nothing guesses nothing.
            return shown === undefined ? authenticate(request) : this.guard(shown, request, () => authenticate(request))
        }
    }

    /** @param shown the token or password that is checked @param request the handshake of whoever shows it */
    async guard(shown: string, request: IncomingMessage, check: () => Admission | Promise<Admission>): Promise<Admission> {
        const { guessable, remote } = this.#options
        const secret = createHash('sha256').update(shown).digest('base64')
        const isKnown = this.#known.has(secret)
        const address = remote(request)
        if (guessable && !isKnown) await this.#turn(address)
        try {
            const admission = await check()
            this.#wasRight(secret, guessable && !isKnown ? address : undefined)
            return admission
        } catch (error) {
            const isWrong = error instanceof Refusal && error.status === 401
            if (isWrong && (!guessable || isKnown)) await this.#turn(address)
            throw error
        }
    }

    /** @param address whose turn it took */
    #wasRight(secret: string, address: string | undefined): void {
        this.#known.delete(secret)
        this.#known.add(secret)
        dropOldest(this.#known, MOST_KNOWN)
        const due = address === undefined ? undefined : this.#due.get(networkOf(address))
        if (address !== undefined && due !== undefined) this.#due.set(networkOf(address), due - SPACING)
    }

    /** Resolves when it is an address's turn. @throws {@link Refusal} 429 `TOO_MANY_GUESSES` */
    async #turn(address: string): Promise<void> {
        const network = networkOf(address)
        const now = this.#clock.monotonic()
        const due = Math.max(this.#due.get(network) ?? now, now)
        const wait = due - this.#burst * SPACING - now
        if (wait > LONGEST_WAIT || (wait > 0 && this.#waiting >= MOST_WAITING))
            throw new Refusal(429, 'TOO_MANY_GUESSES', 'too many tokens or passwords from this address were wrong: wait a while')
        this.#due.delete(network)
        this.#due.set(network, due + SPACING)
        dropOldest(this.#due, MOST_ADDRESSES)
        if (wait <= 0) return
        this.#waiting++
        await pause(this.#clock, wait, this.#signal)
        this.#waiting--
    }
}

function dropOldest(all: Map<string, unknown> | Set<string>, most: number): void {
    for (const oldest of all.keys()) {
        if (all.size <= most) return
        all.delete(oldest)
    }
}

/** An address, or of one of IPv6 the network: its owner has all of the addresses in it. */
function networkOf(address: string): string {
    if (!address.includes(':')) return address
    const [start = '', end = ''] = address.split('::')
    const [head, tail] = [start, end].map((part) => part.split(':').filter((group) => group !== ''))
    const zeros = address.includes('::') ? Array(Math.max(8 - head!.length - tail!.length, 0)).fill('0') : []
    return [...head!, ...zeros, ...tail!].slice(0, 4).join(':')
}
