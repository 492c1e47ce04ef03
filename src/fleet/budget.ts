import { Refusal } from '../lib/index.ts'
import type { DeviceRow } from './repository.ts'
import { deviceWeight, propertyWeight } from './weight.ts'

/** What a fleet may take of the memory, in bytes. */
export interface Limits {
    /** One device. */
    device: number
    /** All devices together. */
    fleet: number
}

/** What one device takes of it, in bytes. */
export interface Share {
    /** What is kept of it. */
    bytes: number
    /** What it will take more once the updates that are being written are. */
    growing: number
    /** Those updates. */
    writing: number
}

/** What an update takes of it, in bytes. */
export interface Load {
    /** The update itself, while it is being written. */
    bytes: number
    /** How much more there is to be kept afterwards, if it is more. */
    growth: number
}

const MEGABYTE = 1_048_576
const KILOBYTE = 1024
/** Bytes of updates that may be under way at the same time. */
const MOST_WRITING = 16 * MEGABYTE
/** Of what is free, one device may have that part of its updates under way: others always find room. */
const WRITING_SHARE = 1 / 2
/** Of what is free, one update may take that part: small ones find room when large ones do not any more. */
const GROWTH_SHARE = 1 / 16
/** A fleet is full no more when it has given back that part. */
const RELIEF = 0.9

/** Where nobody says otherwise. */
const usual: Limits = { device: 256 * KILOBYTE, fleet: 64 * MEGABYTE }

/** Holds the devices of a fleet to what they may take of the memory. */
export class Budget {
    readonly #name: string
    readonly #log: (text: string) => void
    readonly #wishes = new Map<object, Limits>()
    #limits = usual
    #bytes = 0
    #growing = 0
    #writing = 0
    #isFull = false

    constructor(name: string, log: (text: string) => void) {
        this.#name = name
        this.#log = log
    }

    /** Until the signal aborts; of several that allow something the most counts. */
    allow(limits: Limits, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#wishes.set(signal, limits)
        this.#settle()
        signal.addEventListener('abort', () => this.#wishes.delete(signal) && this.#settle(), { once: true })
    }

    /** What is kept, in bytes. */
    get bytes(): number {
        return this.#bytes
    }

    get limits(): Limits {
        return this.#limits
    }

    /** Whether something was refused for want of memory, and nothing has been given back since. */
    get isFull(): boolean {
        return this.#isFull
    }

    /**
     * Makes room for an update; {@link release} gives it back.
     * @param set what is different
     * @throws {@link Refusal} 503 `DEVICE_FULL`, `FLEET_FULL` or `FLEET_BUSY`
     */
    reserve(row: DeviceRow, share: Share, set: ReadonlyMap<string, unknown>): Load {
        const load = loadOf(row, share, set)
        if (share.writing + load.bytes > WRITING_SHARE * (MOST_WRITING - this.#writing))
            throw new Refusal(503, 'FLEET_BUSY', `too much of what devices have sent waits to be stored; ${row.id} should try again later`)
        if (load.growth > 0) this.#check(row.id, share, load.growth)
        this.#writing += load.bytes
        this.#growing += load.growth
        share.writing += load.bytes
        share.growing += load.growth
        return load
    }

    release(share: Share, { bytes, growth }: Load): void {
        this.#writing -= bytes
        this.#growing -= growth
        share.writing -= bytes
        share.growing -= growth
    }

    /** Takes note of what a device is going to have: to be called before it has it. */
    keep(row: DeviceRow, share: Share, set: Iterable<readonly [name: string, value: unknown]>): void {
        const growth = growthOf(row, share, set)
        share.bytes += growth
        this.#bytes += growth
    }

    /** Takes note of a device that was stored before. */
    meet(row: DeviceRow, share: Share): void {
        let bytes = deviceWeight(row.id)
        for (const [name, { value }] of row.properties) bytes += propertyWeight(name, value)
        share.bytes = bytes
        this.#bytes += bytes
    }

    /** Takes note that a device is gone. */
    drop(share: Share): void {
        this.#bytes -= share.bytes
        this.#settle()
    }

    #check(id: string, share: Share, growth: number): void {
        const { device, fleet } = this.#limits
        if (share.bytes + share.growing + growth > device)
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

    #settle(): void {
        const wishes = [...this.#wishes.values()]
        const most = (of: keyof Limits) => Math.max(...wishes.map((wish) => wish[of]))
        this.#limits = wishes.length > 0 ? { device: most('device'), fleet: most('fleet') } : usual
        if (this.#bytes < RELIEF * this.#limits.fleet) this.#isFull = false
    }
}

function loadOf(row: DeviceRow, share: Share, set: ReadonlyMap<string, unknown>): Load {
    let bytes = 0
    for (const [name, value] of set) bytes += propertyWeight(name, value)
    return { bytes, growth: Math.max(growthOf(row, share, set), 0) }
}

/** How much more a device takes with that: less than nothing where it takes less. */
function growthOf(row: DeviceRow, { bytes }: Share, set: Iterable<readonly [name: string, value: unknown]>): number {
    let growth = bytes === 0 ? deviceWeight(row.id) : 0
    for (const [name, value] of set) {
        const known = row.properties.get(name)
        growth += propertyWeight(name, value) - (known ? propertyWeight(name, known.value) : 0)
    }
    return growth
}
