import { type Clock, cautious } from '../lib/index.ts'
import type { DeviceRepository } from './repository.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

interface Parts {
    name: string
    repository: DeviceRepository
    clock: Clock
    log: (text: string) => void
}

/** What somebody wants to have of a fleet's history. */
export interface Wish {
    /** For how long, in days; 0 means for ever. */
    days: number
    /** Points that one device may have, and all of them together. */
    device: number
    fleet: number
    /** Is told when {@link Retention.isFull} is another one. */
    changed(): void
}

/** Deletes what is too old of a fleet's history, every hour, and what is too much, for as long as somebody wants history kept. */
export class Retention {
    readonly #parts: Parts
    readonly #today: () => number
    readonly #wishes = new Map<object, Wish>()
    #cancel: (() => void) | undefined
    #busy = false
    /** Devices of which something was deleted for want of room since the last round, and whether that was so in the round before. */
    #trimmed = 0
    #isFull = false

    constructor(parts: Parts) {
        this.#parts = parts
        this.#today = cautious(parts.clock)
    }

    /** Whether points had to be deleted for want of room, within the last hours. */
    get isFull(): boolean {
        return this.#isFull
    }

    /** Keeps history for as long as that, or as anybody else wants, and as much. Until the signal aborts. */
    want(wish: Wish, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#wishes.set(signal, wish)
        this.#limit()
        this.#cancel ??= this.#parts.clock.after(0, () => this.#round())
        signal.addEventListener('abort', () => {
            this.#wishes.delete(signal)
            this.#limit()
            if (this.#wishes.size > 0) return
            this.#cancel?.()
            this.#cancel = undefined
        })
    }

    #limit(): void {
        const { name, repository } = this.#parts
        const wishes = [...this.#wishes.values()]
        const most = (of: 'device' | 'fleet') => Math.max(...wishes.map((wish) => wish[of]))
        const limits = { device: most('device'), fleet: most('fleet'), trimmed: (device: string) => this.#tell(device) }
        repository.limitHistory(name, wishes.length > 0 ? limits : undefined)
    }

    #tell(device: string): void {
        this.#trimmed++
        if (this.#isFull) return
        const { name, log } = this.#parts
        log(`the history of ${name} has all the points that it may: the oldest are deleted, now those of ${device}`)
        this.#setFull(true)
    }

    #setFull(isFull: boolean): void {
        if (this.#isFull === isFull) return
        this.#isFull = isFull
        for (const { changed } of this.#wishes.values()) changed()
    }

    #round(): void {
        const { name, repository, clock, log } = this.#parts
        this.#cancel = clock.after(HOUR, () => this.#round())
        if (this.#trimmed === 0) this.#setFull(false)
        this.#trimmed = 0
        const days = [...this.#wishes.values()].map((wish) => wish.days)
        if (this.#busy || days.includes(0)) return
        this.#busy = true
        repository
            .forget(name, this.#today() - Math.max(...days) * DAY)
            .catch((error: unknown) => this.#wishes.size === 0 || log(`old history could not be deleted: ${error}`))
            .finally(() => {
                this.#busy = false
            })
    }
}
