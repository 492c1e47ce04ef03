import { type Clock, cautious, turn } from '../lib/index.ts'
import type { Engine } from './engine.ts'
import type { MakeRoom } from './module.ts'
import { FULL, ROOMY, shortage } from './room.ts'

/** Milliseconds for which everything is kept whatever room there is: something else may take it. */
const UNTOUCHED = 7 * 86_400_000
/** Milliseconds between two looks at how much room there is. */
const LOOK = 10_000

export interface RoomKeeperOptions {
    engine: Engine
    clock: Clock
    /** Is told what people have to know, and undefined once that is over. */
    changed(warning: string | undefined): void
}

/** Warns before there is no room left, and has the oldest rows deleted. */
export class RoomKeeper {
    readonly #o: RoomKeeperOptions
    readonly #today: () => number
    readonly #makers: MakeRoom[] = []
    #warning: string | undefined
    #isBusy = false
    #isEnded = false
    #cancel: (() => void) | undefined

    constructor(options: RoomKeeperOptions) {
        this.#o = options
        this.#today = cautious(options.clock)
    }

    get warning(): string | undefined {
        return this.#warning
    }

    add(makeRoom: MakeRoom): void {
        this.#makers.push(makeRoom)
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
        const room = this.#o.engine.room()
        const warning = room && shortage(room)
        if (room && room.limit > 0 && room.used > FULL * room.limit) this.#make().catch(() => {})
        if (warning === this.#warning) return
        this.#warning = warning
        this.#o.changed(warning)
    }

    async #make(): Promise<void> {
        if (this.#isBusy) return
        this.#isBusy = true
        const { engine } = this.#o
        try {
            for (let room = engine.room(); room && room.used > ROOMY * room.limit; room = engine.room()) {
                if (this.#isEnded || !(await this.#makeSome())) return
                await turn()
            }
        } finally {
            this.#isBusy = false
        }
    }

    async #makeSome(): Promise<boolean> {
        for (const makeRoom of this.#makers) if (await makeRoom(this.#today() - UNTOUCHED)) return true
        return false
    }
}
