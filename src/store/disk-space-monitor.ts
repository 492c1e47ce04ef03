import { type Clock, retentionClock, turn } from '../lib/index.ts'
import { FULL, ROOMY, shortage } from './disk-space.ts'
import type { Engine } from './engine.ts'
import type { FreeSpace } from './module.ts'

/** Milliseconds for which everything is kept whatever room there is: something else may take it. */
const UNTOUCHED = 7 * 86_400_000
/** Milliseconds between two looks at how much room there is. */
const LOOK = 10_000

export interface DiskSpaceMonitorOptions {
    engine: Engine
    clock: Clock
    /** Is told what people have to know, and undefined once that is over. */
    changed(warning: string | undefined): void
}

/** Warns before there is no room left, and has the oldest rows deleted. */
export class DiskSpaceMonitor {
    readonly #o: DiskSpaceMonitorOptions
    readonly #today: () => number
    readonly #freeSpace: FreeSpace[] = []
    #warning: string | undefined
    #isBusy = false
    #isEnded = false
    #cancel: (() => void) | undefined

    constructor(options: DiskSpaceMonitorOptions) {
        this.#o = options
        this.#today = retentionClock(options.clock)
    }

    get warning(): string | undefined {
        return this.#warning
    }

    add(freeSpace: FreeSpace): void {
        this.#freeSpace.push(freeSpace)
    }

    /** Has an effect only once. */
    start(): void {
        this.#cancel ??= this.#o.clock.after(0, () => this.#look())
    }

    end(): void {
        this.#isEnded = true
        this.#cancel?.()
    }

    #look(): void {
        this.#cancel = this.#o.clock.after(LOOK, () => this.#look())
        const space = this.#o.engine.diskSpace()
        const warning = space && shortage(space)
        if (space && space.limit > 0 && space.used > FULL * space.limit) this.#free().catch(() => {})
        if (warning === this.#warning) return
        this.#warning = warning
        this.#o.changed(warning)
    }

    async #free(): Promise<void> {
        if (this.#isBusy) return
        this.#isBusy = true
        const { engine } = this.#o
        try {
            for (let space = engine.diskSpace(); space && space.used > ROOMY * space.limit; space = engine.diskSpace()) {
                if (this.#isEnded || !(await this.#freeSome())) return
                await turn()
            }
        } finally {
            this.#isBusy = false
        }
    }

    async #freeSome(): Promise<boolean> {
        for (const free of this.#freeSpace) if (await free(this.#today() - UNTOUCHED)) return true
        return false
    }
}
