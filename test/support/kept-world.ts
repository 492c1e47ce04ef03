import { existsSync } from 'node:fs'
import { LocalBus } from '../../src/bus/index.ts'
import type { Store } from '../../src/stores.ts'
import { Tasks } from '../../src/tasks/index.ts'
import { workbench } from '../src/store/open.ts'
import { FakeClock } from './fake-clock.ts'

/** A store, a clock that the test moves, a bus, and a process on them that can end and come again. */
export class KeptWorld {
    /** Of today: what is old is deleted by the clock of the machine. */
    readonly clock = new FakeClock(Date.now())
    /** Where syncing the disk costs nothing, if there is such a place. */
    readonly bench = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    readonly logged: string[] = []
    store!: Store
    tasks!: Tasks
    bus!: LocalBus
    #closing = new AbortController()
    #ids = 0

    constructor() {
        this.#open()
    }

    /** Aborts when the process ends. */
    get closed(): AbortSignal {
        return this.#closing.signal
    }

    /** What parts of the process are made with. */
    get common() {
        const { clock, tasks, bus } = this
        return { clock, tasks, bus, newId: this.newId, log: (text: string) => void this.logged.push(text) }
    }

    readonly newId = () => `t${++this.#ids}`

    #open(): void {
        const { clock, bench } = this
        this.#closing = new AbortController()
        this.store = bench.open(bench.file())
        const log = (text: string) => void this.logged.push(text)
        this.bus = new LocalBus({ clock, log })
        const { store } = this
        this.tasks = new Tasks({ clock, newId: this.newId, log, repository: store.tasks, ready: (aborted) => store.ready(aborted) })
    }

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
    async idle(rounds = 4): Promise<void> {
        for (let i = 0; i < rounds; i++) {
            await this.until(this.store.tasks.get(''))
            await this.until(this.store.states.put('idle', i))
        }
    }

    /** Moves on, a little at a time, so that the store keeps up. */
    async pass(ms: number, step = ms): Promise<void> {
        for (let left = ms; left > 0; left -= step) {
            await this.idle()
            await this.clock.advanceAsync(Math.min(step, left))
        }
        await this.idle()
    }

    /** The process is gone with all that it had in memory, perhaps for a while, and another one begins on what the store holds. */
    async kill(away = 0): Promise<void> {
        // Nothing that it does from now on reaches the store.
        await this.until(this.store.close())
        this.#closing.abort()
        this.clock.advance(away)
        this.#open()
    }

    async clear(): Promise<void> {
        this.#closing.abort()
        await this.bench.clear()
    }
}
