import { Refusal } from '../lib/index.ts'
import type { DeviceRow } from './repository.ts'
import { deviceWeight, propertyWeight } from './weight.ts'

/** Limits of memory, in bytes. */
interface Limits {
    /** One device. */
    device: number
    /** All devices together. */
    fleet: number
}

/** The memory of one device, in bytes. */
export interface MemoryUsage {
    /** Of its state. */
    bytes: number
    /** By which its state grows with the updates that are being stored. */
    growing: number
    /** Of the updates that are being stored. */
    writing: number
}

/** The memory of an update, in bytes. */
export class Reservation {
    /** Of the update itself, until it is stored. */
    readonly bytes: number
    /** By which the state of the device grows, if it does. */
    readonly growth: number

    constructor(bytes: number, growth: number) {
        this.bytes = bytes
        this.growth = growth
    }
}

const MEGABYTE = 1_048_576
const KILOBYTE = 1024
/** Bytes of updates that may wait to be stored. */
const MAX_WRITING = 16 * MEGABYTE
/** The part of what is free of that, which the updates of one device may take. */
const WRITING_SHARE = 1 / 2
/** The part of the free memory that one update may take, so that small updates still fit when large ones do not. */
const GROWTH_SHARE = 1 / 16
/** A full fleet counts as full until it takes less than that part of its limit. */
const RELIEF = 0.9

const defaultLimits: Limits = { device: 256 * KILOBYTE, fleet: 64 * MEGABYTE }

/** Limits the memory of the devices of a fleet. */
export class MemoryBudget {
    readonly #name: string
    readonly #log: (text: string) => void
    readonly #all = new Map<object, Limits>()
    #limits = defaultLimits
    #bytes = 0
    #growing = 0
    #writing = 0
    #isFull = false

    constructor(name: string, log: (text: string) => void) {
        this.#name = name
        this.#log = log
    }

    /** Sets limits until the signal aborts; of several, the widest count. */
    allow(limits: Limits, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#all.set(signal, limits)
        this.#update()
        signal.addEventListener('abort', () => this.#all.delete(signal) && this.#update(), { once: true })
    }

    /** Bytes of the state of all devices. */
    get bytes(): number {
        return this.#bytes
    }

    get limits(): Limits {
        return this.#limits
    }

    /** Whether an update was refused because the memory is full, and still is. */
    get isFull(): boolean {
        return this.#isFull
    }

    /**
     * Reserves memory for an update, until {@link release}.
     * @param set the changed values
     * @throws {@link Refusal} 503 `DEVICE_FULL`, `FLEET_FULL` or `FLEET_BUSY`
     */
    reserve(row: DeviceRow, usage: MemoryUsage, set: ReadonlyMap<string, unknown>): Reservation {
        const reservation = reservationOf(row, usage, set)
        if (usage.writing + reservation.bytes > WRITING_SHARE * (MAX_WRITING - this.#writing))
            throw new Refusal(503, 'FLEET_BUSY', `too much of what devices have sent waits to be stored; ${row.id} should try again later`)
        if (reservation.growth > 0) this.#check(row.id, usage, reservation.growth)
        this.#writing += reservation.bytes
        this.#growing += reservation.growth
        usage.writing += reservation.bytes
        usage.growing += reservation.growth
        return reservation
    }

    release(usage: MemoryUsage, { bytes, growth }: Reservation): void {
        this.#writing -= bytes
        this.#growing -= growth
        usage.writing -= bytes
        usage.growing -= growth
    }

    /** Adds changed values. To be called before the device has them. */
    apply(row: DeviceRow, usage: MemoryUsage, set: readonly (readonly [name: string, value: unknown])[]): void {
        let growth = usage.bytes === 0 ? deviceWeight(row.id) : 0
        for (const [name, value] of set) growth += propertyWeight(name, value) - weightBefore(row, name)
        usage.bytes += growth
        this.#bytes += growth
    }

    /** Adds a device that was read from the store. */
    addStored(row: DeviceRow, usage: MemoryUsage): void {
        let bytes = deviceWeight(row.id)
        for (const [name, { value }] of row.properties) bytes += propertyWeight(name, value)
        usage.bytes = bytes
        this.#bytes += bytes
    }

    /** Removes a device. */
    remove(usage: MemoryUsage): void {
        this.#bytes -= usage.bytes
        this.#update()
    }

    #check(id: string, usage: MemoryUsage, growth: number): void {
        const { device, fleet } = this.#limits
        if (usage.bytes + usage.growing + growth > device)
            throw new Refusal(
                503,
                'DEVICE_FULL',
                `the properties of ${id} would take more than the ${device / KILOBYTE} kB that a device may have`,
            )
        if (growth <= GROWTH_SHARE * (fleet - this.#bytes - this.#growing)) return
        const text = `the devices of ${this.#name} take up the ${fleet / MEGABYTE} MB of memory that they may have`
        if (!this.#isFull) this.#log(`${text}: whatever needs more is refused`)
        this.#isFull = true
        throw new Refusal(503, 'FLEET_FULL', `${text}; what ${id} sent needs more`)
    }

    #update(): void {
        const all = [...this.#all.values()]
        const most = (of: keyof Limits) => Math.max(...all.map((limits) => limits[of]))
        this.#limits = all.length > 0 ? { device: most('device'), fleet: most('fleet') } : defaultLimits
        if (this.#bytes < RELIEF * this.#limits.fleet) this.#isFull = false
    }
}

function reservationOf(row: DeviceRow, { bytes: used }: MemoryUsage, set: ReadonlyMap<string, unknown>): Reservation {
    let bytes = 0
    let growth = used === 0 ? deviceWeight(row.id) : 0
    set.forEach((value, name) => {
        const weight = propertyWeight(name, value)
        bytes += weight
        growth += weight - weightBefore(row, name)
    })
    return new Reservation(bytes, Math.max(growth, 0))
}

/** The memory of the value that a property has. */
function weightBefore({ properties }: DeviceRow, name: string): number {
    const known = properties.get(name)
    return known ? propertyWeight(name, known.value) : 0
}
