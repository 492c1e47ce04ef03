import { existsSync } from 'node:fs'
import { LocalBus } from '../../src/bus/index.ts'
import type { Store } from '../../src/stores.ts'
import { Tasks } from '../../src/tasks/index.ts'
import { workbench } from '../src/store/open.ts'
import { PacedWorld } from './paced-world.ts'

/** A store, a clock that the test moves, a bus, and a process on them that can end and come again. */
export class KeptWorld extends PacedWorld {
    /** Where syncing the disk costs nothing, if there is such a place. */
    readonly bench = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    readonly logged: string[] = []
    store!: Store
    tasks!: Tasks
    bus!: LocalBus
    #closing = new AbortController()
    #ids = 0

    constructor() {
        super()
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
