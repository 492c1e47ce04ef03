import { type Clock, Refusal } from '../lib/index.ts'
import type { Admission } from './endpoint.ts'

/** Milliseconds that an authentication may take. */
const TIMEOUT = 10_000
/** Handshakes whose authentication may be pending at once. */
const MAX_HANDSHAKES = 200
/** Refusals with 503 that are no trouble of the endpoint. */
const notTrouble = new Set(['CLOSING', 'HTTP_503'])

/** Runs the authentications of an endpoint: each with a timeout, and until the endpoint closes. */
export class Admissions {
    readonly #clock: Clock
    readonly #failed: (trouble: string | undefined) => void
    readonly #pending = new Set<(refusal: Refusal) => void>()
    #handshakes = 0

    /** @param failed is told why no peer can be authenticated now, and undefined once that is over */
    constructor(clock: Clock, failed: (trouble: string | undefined) => void) {
        this.#clock = clock
        this.#failed = failed
    }

    /** @throws {@link Refusal} 429 `BUSY` if one more handshake is too many */
    checkRoom(): void {
        if (this.#handshakes >= MAX_HANDSHAKES) throw new Refusal(429, 'BUSY', 'too many are connecting at once')
    }

    handshake(check: () => Admission | Promise<Admission>): Admission | Promise<Admission> {
        const checked = this.run(check, 'the handshake')
        if (!(checked instanceof Promise)) return checked
        this.#handshakes++
        return checked.finally(() => {
            this.#handshakes--
        })
    }

    /**
     * Runs a check, and waits for it only if it takes time: many do not, and each wait has a price.
     * @param what names it in the refusal
     * @throws {@link Refusal} 503 `TOO_LATE`, and what `check` throws
     */
    run(check: () => Admission | Promise<Admission>, what: string): Admission | Promise<Admission> {
        try {
            const checked = check()
            if (checked instanceof Promise) return this.#inTime(checked, what).then(this.#passed, this.#refused)
            return this.#passed(checked)
        } catch (error) {
            return this.#refused(error)
        }
    }

    readonly #passed = (admission: Admission): Admission => {
        this.#failed(undefined)
        return admission
    }

    readonly #refused = (error: unknown): never => {
        if (error instanceof Refusal && error.status === 503 && !notTrouble.has(error.code)) this.#failed(error.message)
        throw error
    }

    async #inTime(checking: Promise<Admission>, what: string): Promise<Admission> {
        const { promise: late, reject } = Promise.withResolvers<never>()
        const cancel = this.#clock.after(TIMEOUT, () => reject(new Refusal(503, 'TOO_LATE', `${what} took too long`)))
        this.#pending.add(reject)
        try {
            return await Promise.race([checking, late])
        } finally {
            this.#pending.delete(reject)
            cancel()
        }
    }

    /** Refuses all that are pending. */
    refuse(refusal: Refusal): void {
        for (const reject of this.#pending) reject(refusal)
    }
}
