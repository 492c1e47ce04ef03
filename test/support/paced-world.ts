import type { Store } from '../../src/stores.ts'
import { FakeClock } from './fake-clock.ts'

/** A store whose work goes on while a test moves the clock. */
export abstract class PacedWorld {
    /** Of today: what ended long ago is deleted by the clock of the machine. */
    readonly clock = new FakeClock(Date.now())
    /** Questions to the store after which all that was asked of it is done. */
    protected readonly rounds: number = 4
    abstract store: Store

    /** What a promise resolves with, while the store and all timers that are due go on. */
    async until<T>(promise: Promise<T>): Promise<T> {
        let isDone = false
        const end = () => {
            isDone = true
        }
        promise.then(end, end)
        while (!isDone) await this.clock.advanceAsync(0)
        return await promise
    }

    /** Lets all that was asked of the store be done. */
    async idle(rounds = this.rounds): Promise<void> {
        for (let i = 0; i < rounds; i++) {
            await this.until(this.store.tasks.get(''))
            await this.until(this.store.states.put('idle', i))
        }
    }

    /** Moves on, a little at a time, so that the store keeps up. */
    async pass(ms: number, step = ms, rounds?: number): Promise<void> {
        for (let left = ms; left > 0; left -= step) {
            await this.idle(rounds)
            await this.clock.advanceAsync(Math.min(step, left))
        }
        await this.idle(rounds)
    }
}
