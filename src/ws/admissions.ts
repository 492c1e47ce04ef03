import { type Clock, Refusal } from '../lib/index.ts'
import type { Admission } from './endpoint.ts'

/** Milliseconds that finding out who somebody is may take. */
const PATIENCE = 10_000
/** Handshakes at once that this may be found out for. */
const MAX_HANDSHAKES = 200
/** Refusals that say nothing of how the endpoint does. */
const unconcerned = new Set(['CLOSING', 'HTTP_503'])

/** Finds out who peers are: each within a time, and until the endpoint closes. */
export class Admissions {
    readonly #clock: Clock
    readonly #failed: (trouble: string | undefined) => void
    readonly #pending = new Set<(refusal: Refusal) => void>()
    #handshakes = 0

    /** @param failed is told why nobody can be let in now, and undefined once that is over */
    constructor(clock: Clock, failed: (trouble: string | undefined) => void) {
        this.#clock = clock
        this.#failed = failed
    }

    /** @throws {@link Refusal} 429 `BUSY` if one more handshake is too many */
    checkRoom(): void {
        if (this.#handshakes >= MAX_HANDSHAKES) throw new Refusal(429, 'BUSY', 'too many are connecting at once')
    }

    async handshake(check: () => Admission | Promise<Admission>): Promise<Admission> {
        this.#handshakes++
        try {
            return await this.find(check, 'the handshake')
        } finally {
            this.#handshakes--
        }
    }

    /** @param what is called late if it is @throws {@link Refusal} 503 `TOO_LATE`, and what `check` throws */
    async find(check: () => Admission | Promise<Admission>, what: string): Promise<Admission> {
        const { promise: late, reject } = Promise.withResolvers<never>()
        const cancel = this.#clock.after(PATIENCE, () => reject(new Refusal(503, 'TOO_LATE', `${what} took too long`)))
        this.#pending.add(reject)
        try {
            const admission = await Promise.race([check(), late])
            this.#failed(undefined)
            return admission
        } catch (error) {
            // What somebody is told who may not come in is no trouble of the endpoint's.
            if (error instanceof Refusal && error.status === 503 && !unconcerned.has(error.code)) this.#failed(error.message)
            throw error
        } finally {
            this.#pending.delete(reject)
            cancel()
        }
    }

    /** Refuses all whose answer is awaited. */
    refuse(refusal: Refusal): void {
        for (const reject of this.#pending) reject(refusal)
    }
}
