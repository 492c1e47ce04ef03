import { Refusal } from '../lib/index.ts'

/** What may wait for its turn at the most. */
const MOST = 10_000

/** Runs one thing after the other; at once, when nothing is under way. */
export class TurnQueue {
    readonly #between: () => void
    readonly #failed: (error: unknown) => void
    readonly #waiting: (() => Promise<void>)[] = []
    #busy = false

    /**
     * @param between is called after each turn, before the next
     * @param failed is told what it throws; the next turn comes all the same
     */
    constructor(between: () => void = () => {}, failed: (error: unknown) => void = () => {}) {
        this.#between = between
        this.#failed = failed
    }

    get isIdle(): boolean {
        return !this.#busy
    }

    /**
     * @param urgent comes next, however much waits
     * @throws {@link Refusal} 503 `TOO_BUSY` when too much waits already
     */
    run<T>(work: () => Promise<T>, urgent = false): Promise<T> {
        if (!urgent && this.#waiting.length >= MOST)
            return Promise.reject(new Refusal(503, 'TOO_BUSY', 'too much is waiting for this socket'))
        return new Promise<T>((resolve, reject) => {
            const turn = async () => {
                try {
                    resolve(await work())
                } catch (error) {
                    reject(error)
                }
            }
            if (!this.#busy) void this.#drain(turn)
            else if (urgent) this.#waiting.unshift(turn)
            else this.#waiting.push(turn)
        })
    }

    async #drain(first: () => Promise<void>): Promise<void> {
        this.#busy = true
        for (let turn: (() => Promise<void>) | undefined = first; turn; turn = this.#waiting.shift()) {
            await turn()
            try {
                this.#between()
            } catch (error) {
                this.#failed(error)
            }
        }
        this.#busy = false
    }
}
