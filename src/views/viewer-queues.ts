import { Refusal } from '../lib/index.ts'

/** Requests of one viewer that may wait. */
const MAX_WAITING = 100

/** Runs the requests of each viewer one after the other, so that the view it asked for last is the one it is shown. */
export class ViewerQueues {
    readonly #waiting = new Map<string, { last: Promise<unknown>; count: number }>()

    /** @throws {@link Refusal} 429 `TOO_MANY_REQUESTS` */
    async take<T>(viewer: string, run: () => Promise<T>): Promise<T> {
        const turn = this.#waiting.get(viewer) ?? { last: Promise.resolve(), count: 0 }
        if (turn.count >= MAX_WAITING) throw new Refusal(429, 'TOO_MANY_REQUESTS', `${MAX_WAITING} messages of this viewer wait already`)
        this.#waiting.set(viewer, turn)
        turn.count++
        const done = turn.last.then(run)
        turn.last = done.catch(() => {})
        try {
            return await done
        } finally {
            if (--turn.count === 0) this.#waiting.delete(viewer)
        }
    }
}
