import { type Clock, retentionClock } from '../lib/index.ts'
import type { DeviceRepository } from './repository.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

interface HistoryRetentionOptions {
    name: string
    repository: DeviceRepository
    clock: Clock
    log: (text: string) => void
}

/** How much history one node wants to be kept. */
interface RetentionLimits {
    /** 0 means for ever. */
    days: number
    /** Points of one device, and of all devices together. */
    device: number
    fleet: number
    /** Is called when {@link HistoryRetention.isFull} has changed. */
    changed(): void
}

/** Limits the history of a fleet, in age and in size. Of several limits the widest counts; without any, nothing is deleted. */
export class HistoryRetention {
    readonly #o: HistoryRetentionOptions
    readonly #today: () => number
    readonly #limits = new Map<object, RetentionLimits>()
    #cancel: (() => void) | undefined
    #busy = false
    /** Devices of which points were deleted since the last round because the history was full. */
    #trimmed = 0
    #isFull = false

    constructor(options: HistoryRetentionOptions) {
        this.#o = options
        this.#today = retentionClock(options.clock)
    }

    /** Whether points were deleted within the last two hours because the history was full. */
    get isFull(): boolean {
        return this.#isFull
    }

    /** Adds limits until the signal aborts. */
    add(limits: RetentionLimits, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#limits.set(signal, limits)
        this.#apply()
        this.#cancel ??= this.#o.clock.after(0, () => this.#round())
        signal.addEventListener('abort', () => {
            this.#limits.delete(signal)
            this.#apply()
            if (this.#limits.size > 0) return
            this.#cancel?.()
            this.#cancel = undefined
        })
    }

    #apply(): void {
        const { name, repository } = this.#o
        const all = [...this.#limits.values()]
        const most = (of: 'device' | 'fleet') => Math.max(...all.map((limits) => limits[of]))
        const limits = { device: most('device'), fleet: most('fleet'), trimmed: (device: string) => this.#onTrimmed(device) }
        repository.limitHistory(name, all.length > 0 ? limits : undefined)
    }

    #onTrimmed(device: string): void {
        this.#trimmed++
        if (this.#isFull) return
        const { name, log } = this.#o
        log(`the history of ${name} has all the points that it may: the oldest are deleted, now those of ${device}`)
        this.#setFull(true)
    }

    #setFull(isFull: boolean): void {
        if (this.#isFull === isFull) return
        this.#isFull = isFull
        for (const { changed } of this.#limits.values()) changed()
    }

    #round(): void {
        const { name, repository, clock, log } = this.#o
        this.#cancel = clock.after(HOUR, () => this.#round())
        if (this.#trimmed === 0) this.#setFull(false)
        this.#trimmed = 0
        const days = [...this.#limits.values()].map((limits) => limits.days)
        if (this.#busy || days.includes(0)) return
        this.#busy = true
        repository
            .forget(name, this.#today() - Math.max(...days) * DAY)
            .catch((error: unknown) => this.#limits.size === 0 || log(`old history could not be deleted: ${error}`))
            .finally(() => {
                this.#busy = false
            })
    }
}
