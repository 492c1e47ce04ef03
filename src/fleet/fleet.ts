import type { Bus } from '../bus/index.ts'
import { backoff, type Clock, own, pause, Refusal, same } from '../lib/index.ts'
import { Budget, type Load, type Share } from './budget.ts'
import { type FleetEvent, fleetTopic } from './fleet-event.ts'
import { checkNumber, deviceId, readSet } from './properties.ts'
import type { DeviceRepository, DeviceRow } from './repository.ts'
import { Retention } from './retention.ts'
import { Strangers } from './strangers.ts'
import { Work } from './work.ts'

/** Devices of one fleet: each costs memory. */
const MAX_DEVICES = 100_000

export interface FleetParts {
    /** What its devices are kept under. */
    name: string
    bus: Bus
    repository: DeviceRepository
    clock: Clock
    log: (text: string) => void
}

export interface UpdateOptions {
    /**
     * Whose peer said it: that of an account, or null of nobody in particular. Undefined if it was no peer but the flow itself, which
     * may change every device.
     */
    owner?: string | null | undefined
    /** Takes in devices that were never heard of. */
    register: boolean
    /** Keeps numbers as history. */
    history: boolean
}

export interface Updated {
    id: string
    /** What is now different, which may be nothing. */
    changed: ReadonlyMap<string, unknown>
    registered: boolean
    /** In milliseconds since 1970. */
    at: number
}

interface Device extends Share {
    row: DeviceRow
    /** Whether it is stored: it is nobody's business before. */
    known: boolean
    /** How many updates are being written: until they are, what is different is not known. */
    updates: number
}

/** The latest state of each of a number of devices: in memory, and in the store before anybody hears of it. */
export class Fleet {
    readonly name: string
    readonly retention: Retention
    /** What it may take of the memory, and takes. */
    readonly budget: Budget
    /** Devices that were refused because nobody knows them. */
    readonly strangers: Strangers
    /** In which everything is worked out that is asked of it. */
    readonly work: Work
    readonly log: (text: string) => void
    readonly #parts: FleetParts
    /** The topic of its changes. */
    readonly #changes: string
    readonly #devices = new Map<string, Device>()
    readonly #rows = new Map<string, DeviceRow>()
    /** What came while the store was being read. */
    #early: FleetEvent[] = []
    #loading: Promise<void> | undefined
    #isLoaded = false

    constructor(parts: FleetParts) {
        this.name = parts.name
        this.log = parts.log
        this.#parts = parts
        this.#changes = fleetTopic(parts.name, 'changes')
        this.retention = new Retention(parts)
        this.budget = new Budget(parts.name, parts.log)
        this.work = new Work(parts.clock)
        this.strangers = new Strangers(parts.clock)
        // Before anybody else, so that whoever hears of a change finds it done.
        this.listen((event) => this.#take(event), new AbortController().signal)
    }

    /** The devices by their ids. */
    get rows(): ReadonlyMap<string, DeviceRow> {
        return this.#rows
    }

    /** About how many bytes a device takes in memory. */
    readonly weight = (id: string): number => this.#devices.get(id)?.bytes ?? 0

    /** Calls back for each change once it is committed, and for each sign of life, until the signal aborts. */
    listen(listener: (event: FleetEvent) => void, signal: AbortSignal): void {
        this.#parts.bus.subscribe(this.#changes, listener, signal)
    }

    /** Whether it is known what is stored. */
    get isLoaded(): boolean {
        return this.#isLoaded
    }

    /** Reads what is stored, unless that was done. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    load(): Promise<void> {
        this.#loading ??= this.#load().catch((error: unknown) => {
            this.#loading = undefined
            throw error
        })
        return this.#loading
    }

    /** As {@link load}, again and again until it succeeds or the signal aborts. */
    async loadPatiently(signal: AbortSignal): Promise<void> {
        for (let tries = 1; !signal.aborted; tries++) {
            try {
                return await this.load()
            } catch {
                // The store says itself why it is away.
                await pause(this.#parts.clock, backoff(tries), signal)
            }
        }
    }

    /**
     * Takes what a device said of itself; resolves once it is committed.
     * @throws {@link Refusal} 404 `UNKNOWN_DEVICE`, 403 `FOREIGN_DEVICE`, 422 `BAD_INPUT`,
     * 503 `FLEET_FULL`, `DEVICE_FULL`, `FLEET_BUSY` or `STORE_UNAVAILABLE`
     */
    async update(givenId: unknown, given: unknown, { owner, register, history }: UpdateOptions): Promise<Updated> {
        const id = deviceId('id', givenId)
        const set = readSet('set', given)
        if (!this.#isLoaded) await this.load()
        const device = this.#device(id, register, owner ?? null)
        const { row } = device
        const at = this.#parts.clock.now()
        const changed = device.updates === 0 ? difference(row, set) : set
        const takes = device.known && row.owner === null ? (owner ?? undefined) : undefined
        let load: Load | undefined
        device.updates++
        try {
            checkOwner(row, owner)
            checkNumber(row, set)
            load = this.budget.reserve(row, device, changed)
            const owned = device.known ? takes : row.owner
            const change = { fleet: this.name, id, at, set: changed, bytes: load.bytes, history, register: !device.known, owner: owned }
            await this.#parts.repository.commit(change)
        } catch (error) {
            this.#end(device, load)
            // A device that could not be stored was never heard of.
            if (!device.known && device.updates === 0 && this.#devices.get(id) === device) this.#devices.delete(id)
            throw error
        }
        this.#end(device, load)
        return this.#stored(device, changed, at, takes)
    }

    /**
     * Forgets a device and its history.
     * @param owner as {@link UpdateOptions} has it
     * @returns whether there was one
     * @throws {@link Refusal} 403 `FOREIGN_DEVICE`, 422 `BAD_INPUT`, 503 `STORE_UNAVAILABLE`
     */
    async remove(givenId: unknown, owner?: string | null): Promise<boolean> {
        const id = deviceId('id', givenId)
        if (!this.#isLoaded) await this.load()
        const device = this.#devices.get(id)
        if (!device?.known) return false
        checkOwner(device.row, owner)
        // From now on, whoever writes to it writes to a device that is not there yet.
        this.#devices.delete(id)
        try {
            await this.#parts.repository.remove(this.name, id)
        } catch (error) {
            if (!this.#devices.has(id)) this.#devices.set(id, device)
            throw error
        }
        this.#drop(device)
        this.#parts.bus.publish(this.#changes, { id, at: this.#parts.clock.now(), set: [], registered: false, removed: true })
        return true
    }

    async #load(): Promise<void> {
        const { clock, repository } = this.#parts
        this.#early = []
        for (const row of await repository.devices(this.name)) {
            row.heardAt = clock.monotonic() - Math.max(clock.now() - row.updatedAt, 0)
            const device = { row, known: true, ...nothing }
            this.budget.meet(row, device)
            this.#devices.set(row.id, device)
            this.#rows.set(row.id, row)
        }
        this.#isLoaded = true
        repository.onAnother(this.name, () => this.#rows.values())
        for (const event of this.#early.splice(0)) this.#take(event)
    }

    #end(device: Device, load: Load | undefined): void {
        device.updates--
        if (load) this.budget.release(device, load)
    }

    #device(givenId: string, register: boolean, owner: string | null): Device {
        const found = this.#devices.get(givenId)
        if (found && (found.known || register)) return found
        if (!register) {
            this.strangers.add(givenId)
            throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${givenId}`)
        }
        if (this.#devices.size >= MAX_DEVICES) throw new Refusal(503, 'FLEET_FULL', `there are ${MAX_DEVICES} devices already`)
        return this.#add(own(givenId), owner, this.#parts.clock.now())
    }

    #add(id: string, owner: string | null, now: number): Device {
        const heardAt = this.#parts.clock.monotonic()
        const row = { id, fleet: this.name, owner, properties: new Map(), registeredAt: now, updatedAt: now, heardAt }
        const device = { row, known: false, ...nothing }
        this.#devices.set(id, device)
        return device
    }

    /** Tells what was stored of a device. */
    #stored(device: Device, set: ReadonlyMap<string, unknown>, at: number, owner: string | undefined): Updated {
        const { row } = device
        const { id } = row
        const changed = difference(row, set)
        const registered = !device.known
        device.known = true
        // It may have been removed meanwhile, by a write that came after this one.
        if (this.#devices.get(id) === device) {
            const now = registered ? (owner ?? row.owner) : owner
            this.#parts.bus.publish(this.#changes, {
                id,
                at,
                set: [...changed],
                registered,
                removed: false,
                ...(now !== undefined && { owner: now }),
            })
        }
        return { id, changed, registered, at }
    }

    /** Takes over what became of a device, whichever process has stored it. */
    #take(event: FleetEvent): void {
        if (!this.#isLoaded) return void (this.#loading && this.#early.push(event))
        const { id, at, set, registered, owner } = event
        const known = this.#devices.get(id)
        if (event.removed) {
            if (known?.known) this.#drop(known)
            return
        }
        const device = known ?? (registered ? this.#add(own(id), owner ?? null, at) : undefined)
        if (!device) return
        const { row } = device
        this.budget.keep(row, device, set)
        for (const [name, value] of set) row.properties.set(row.properties.has(name) ? name : own(name), { value, at })
        row.updatedAt = at
        row.heardAt = this.#parts.clock.monotonic()
        if (owner !== undefined) row.owner = owner
        device.known = true
        if (registered) this.strangers.delete(id)
        this.#rows.set(row.id, row)
    }

    #drop(device: Device): void {
        const { id } = device.row
        if (this.#devices.get(id) === device) this.#devices.delete(id)
        if (this.#rows.get(id) === device.row) this.#rows.delete(id)
        this.budget.drop(device)
    }
}

const nothing = { updates: 0, bytes: 0, growing: 0, writing: 0 }

/** What of a set is different: mostly all of it, and then the set itself. */
function difference(row: DeviceRow, set: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
    let changed: Map<string, unknown> | undefined
    for (const [name, value] of set) {
        const known = row.properties.get(name)
        if (!known || !same(known.value, value)) continue
        changed ??= new Map(set)
        changed.delete(name)
    }
    return changed ?? set
}

/** Whether a device is somebody else's. @param owner as {@link UpdateOptions} has it */
export const isForeign = (row: DeviceRow, owner: string | null | undefined): boolean =>
    owner !== undefined && row.owner !== null && row.owner !== owner

function checkOwner(row: DeviceRow, owner: string | null | undefined): void {
    if (isForeign(row, owner)) throw new Refusal(403, 'FOREIGN_DEVICE', `the device ${row.id} belongs to somebody else`)
}
