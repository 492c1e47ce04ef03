import type { MemoryUsage, Reservation } from './budget.ts'
import type { DeviceChange, DeviceRow } from './repository.ts'

export interface UpdateOptions {
    /**
     * The account of the peer that sent the update, or null if it has none. Undefined if the update is of the flow itself, which may change
     * every device.
     */
    owner?: string | null | undefined
    /** Whether unknown devices are registered. */
    register: boolean
    /** Whether numbers are kept as history. */
    history: boolean
    /** Is told what becomes of the update before anybody else. */
    checked?: { done(): void; undo(): void } | undefined
}

export interface Updated {
    id: string
    /** The values that have changed, if any. */
    changed: ReadonlyMap<string, unknown>
    registered: boolean
    /** In milliseconds since 1970. */
    at: number
}

/**
 * Who is told what becomes of an update: one of both is called, at once or later.
 *
 * It is a class, as all is that waits with an update, because V8 puts literals that were seen to live for some time where only a full garbage
 * collection finds them. What they refer to then lives as long, and a tenth of all time goes into copying it.
 */
export class Outcome {
    readonly stored: (updated: Updated) => void
    /** It was refused, or `stored` has failed. */
    readonly failed: (error: unknown) => void

    constructor(stored: (updated: Updated) => void, failed: (error: unknown) => void) {
        this.stored = stored
        this.failed = failed
    }
}

export interface Device extends MemoryUsage {
    row: DeviceRow
    /** Whether it is stored. */
    known: boolean
    /** Updates that are being stored: until they are, it is not known what later ones change. */
    updates: number
}

/** An update of a device from when it came until it is stored. */
export class DeviceUpdate implements DeviceChange {
    readonly device: Device
    readonly fleet: string
    readonly id: string
    readonly at: number
    readonly set: ReadonlyMap<string, unknown>
    readonly history: boolean
    readonly register: boolean
    readonly owner: string | null | undefined
    readonly outcome: Outcome
    readonly checked: UpdateOptions['checked']
    /** The account that takes a device which belonged to nobody. */
    readonly taker: string | undefined
    reservation: Reservation | undefined

    constructor(device: Device, set: ReadonlyMap<string, unknown>, at: number, options: UpdateOptions, outcome: Outcome) {
        const { row, known } = device
        this.device = device
        this.fleet = row.fleet
        this.id = row.id
        this.at = at
        this.set = set
        this.history = options.history
        this.register = !known
        this.taker = known && row.owner === null ? (options.owner ?? undefined) : undefined
        this.owner = known ? this.taker : row.owner
        this.outcome = outcome
        this.checked = options.checked
    }

    get bytes(): number {
        return this.reservation?.bytes ?? 0
    }

    fail(error: unknown): void {
        this.checked?.undo()
        this.outcome.failed(error)
    }

    /** @param stored makes known what was stored */
    succeed(stored: () => Updated): void {
        try {
            const updated = stored()
            this.checked?.done()
            this.outcome.stored(updated)
        } catch (error) {
            this.outcome.failed(error)
        }
    }
}
