import type { Bus } from '../bus/index.ts'
import { type Clock, detached, Refusal, retryUntil, same } from '../lib/index.ts'
import { MemoryBudget, type MemoryUsage, type Reservation } from './budget.ts'
import { type FleetEvent, fleetTopic } from './fleet-event.ts'
import { HistoryRetention } from './history-retention.ts'
import { checkNumber, deviceId, readSet } from './properties.ts'
import type { DeviceRepository, DeviceRow } from './repository.ts'
import { UnknownDevices } from './unknown-devices.ts'
import { Work } from './work.ts'

/** Devices of one fleet: each costs memory. */
const MAX_DEVICES = 100_000

interface FleetParts {
    /** The name its devices are stored under. */
    name: string
    bus: Bus
    repository: DeviceRepository
    clock: Clock
    log: (text: string) => void
}

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
}

export interface Updated {
    id: string
    /** The values that have changed, if any. */
    changed: ReadonlyMap<string, unknown>
    registered: boolean
    /** In milliseconds since 1970. */
    at: number
}

interface Device extends MemoryUsage {
    row: DeviceRow
    /** Whether it is stored. */
    known: boolean
    /** Updates that are being stored: until they are, it is not known what later ones change. */
    updates: number
}

/** The latest state of devices: in memory, and in the store before it is published. */
export class Fleet {
    readonly name: string
    readonly retention: HistoryRetention
    readonly budget: MemoryBudget
    readonly unknown: UnknownDevices
    /** Runs its queries and views in time slices. */
    readonly work: Work
    readonly log: (text: string) => void
    readonly #parts: FleetParts
    /** The topic of its changes. */
    readonly #changes: string
    readonly #devices = new Map<string, Device>()
    readonly #rows = new Map<string, DeviceRow>()
    /** Changes that came while the store was being read. */
    #early: FleetEvent[] = []
    #loading: Promise<void> | undefined
    #isLoaded = false

    constructor(parts: FleetParts) {
        this.name = parts.name
        this.log = parts.log
        this.#parts = parts
        this.#changes = fleetTopic(parts.name, 'changes')
        this.retention = new HistoryRetention(parts)
        this.budget = new MemoryBudget(parts.name, parts.log)
        this.work = new Work(parts.clock)
        this.unknown = new UnknownDevices(parts.clock, parts.log)
        // Before all other listeners, so that they find the change applied.
        this.listen((event) => this.#take(event), new AbortController().signal)
    }

    /** The devices by their ids. */
    get rows(): ReadonlyMap<string, DeviceRow> {
        return this.#rows
    }

    /** About how many bytes a device takes in memory. */
    readonly weight = (id: string): number => this.#devices.get(id)?.bytes ?? 0

    /** Calls back for each committed change, and for each report without a change, until the signal aborts. */
    listen(listener: (event: FleetEvent) => void, signal: AbortSignal): void {
        this.#parts.bus.subscribe(this.#changes, listener, signal)
    }

    /** Whether the store was read. */
    get isLoaded(): boolean {
        return this.#isLoaded
    }

    /** Reads the store, unless it was read. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    load(): Promise<void> {
        this.#loading ??= this.#load().catch((error: unknown) => {
            this.#loading = undefined
            throw error
        })
        return this.#loading
    }

    /** As {@link load}, again and again until it succeeds or the signal aborts. */
    async loadPatiently(signal: AbortSignal): Promise<void> {
        // The store reports why it is unavailable.
        await retryUntil(this.#parts.clock, signal, () => this.load())
    }

    /**
     * Changes properties of a device; resolves once that is committed.
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
        let reservation: Reservation | undefined
        device.updates++
        try {
            checkOwner(row, owner)
            checkNumber(row, set)
            reservation = this.budget.reserve(row, device, changed)
            const owned = device.known ? takes : row.owner
            const change = {
                fleet: this.name,
                id,
                at,
                set: changed,
                bytes: reservation.bytes,
                history,
                register: !device.known,
                owner: owned,
            }
            await this.#parts.repository.commit(change)
        } catch (error) {
            this.#end(device, reservation)
            // A device that could not be stored stays unknown.
            if (!device.known && device.updates === 0 && this.#devices.get(id) === device) this.#devices.delete(id)
            throw error
        }
        this.#end(device, reservation)
        return this.#stored(device, changed, at, takes)
    }

    /**
     * Deletes a device and its history.
     * @param owner as in {@link UpdateOptions}
     * @returns whether there was one
     * @throws {@link Refusal} 403 `FOREIGN_DEVICE`, 422 `BAD_INPUT`, 503 `STORE_UNAVAILABLE`
     */
    async remove(givenId: unknown, owner?: string | null): Promise<boolean> {
        const id = deviceId('id', givenId)
        if (!this.#isLoaded) await this.load()
        const device = this.#devices.get(id)
        if (!device?.known) return false
        checkOwner(device.row, owner)
        // Updates from now on are for a new device with the same id.
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
            this.budget.addStored(row, device)
            this.#devices.set(row.id, device)
            this.#rows.set(row.id, row)
        }
        this.#isLoaded = true
        repository.onAnother(this.name, () => this.#rows.values())
        for (const event of this.#early.splice(0)) this.#take(event)
    }

    #end(device: Device, reservation: Reservation | undefined): void {
        device.updates--
        if (reservation) this.budget.release(device, reservation)
    }

    #device(givenId: string, register: boolean, owner: string | null): Device {
        const found = this.#devices.get(givenId)
        if (found && (found.known || register)) return found
        if (!register) {
            this.unknown.add(givenId)
            throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${givenId}`)
        }
        if (this.#devices.size >= MAX_DEVICES) throw new Refusal(503, 'FLEET_FULL', `there are ${MAX_DEVICES} devices already`)
        return this.#add(detached(givenId), owner, this.#parts.clock.now())
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
        const device = known ?? (registered ? this.#add(detached(id), owner ?? null, at) : undefined)
        if (!device) return
        const { row } = device
        this.budget.apply(row, device, set)
        for (const [name, value] of set) row.properties.set(row.properties.has(name) ? name : detached(name), { value, at })
        row.updatedAt = at
        row.heardAt = this.#parts.clock.monotonic()
        if (owner !== undefined) row.owner = owner
        device.known = true
        if (registered) this.unknown.delete(id)
        this.#rows.set(row.id, row)
    }

    #drop(device: Device): void {
        const { id } = device.row
        if (this.#devices.get(id) === device) this.#devices.delete(id)
        if (this.#rows.get(id) === device.row) this.#rows.delete(id)
        this.budget.remove(device)
    }
}

const nothing = { updates: 0, bytes: 0, growing: 0, writing: 0 }

/** The values of a set that differ from those of a device; the set itself if all of them do. */
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

/** Whether a device belongs to another account. @param owner as in {@link UpdateOptions} */
export const isForeign = (row: DeviceRow, owner: string | null | undefined): boolean =>
    owner !== undefined && row.owner !== null && row.owner !== owner

function checkOwner(row: DeviceRow, owner: string | null | undefined): void {
    if (isForeign(row, owner)) throw new Refusal(403, 'FOREIGN_DEVICE', `the device ${row.id} belongs to somebody else`)
}
