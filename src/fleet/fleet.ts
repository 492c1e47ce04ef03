import type { Bus } from '../bus/index.ts'
import { type Clock, detached, Refusal, retryUntil, same } from '../lib/index.ts'
import { MemoryBudget } from './budget.ts'
import { Commits } from './commits.ts'
import { type Device, DeviceUpdate, Outcome, type Updated, type UpdateOptions } from './device-update.ts'
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
    readonly #commits = new Commits<DeviceUpdate>((update, error) => this.#ended(update, error))
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
    update(id: unknown, set: unknown, options: UpdateOptions): Promise<Updated> {
        return new Promise((stored, failed) => this.submit(id, set, options, new Outcome(stored, failed)))
    }

    /** As {@link update}, without a promise, which is much for each of many. */
    submit(givenId: unknown, given: unknown, options: UpdateOptions, outcome: Outcome): void {
        const failed = (error: unknown) => {
            options.checked?.undo()
            outcome.failed(error)
        }
        try {
            const id = deviceId('id', givenId)
            const set = readSet('set', given)
            const change = () => this.#change(id, set, options, outcome)
            if (this.#isLoaded) change()
            else this.load().then(change).catch(failed)
        } catch (error) {
            failed(error)
        }
    }

    #change(id: string, set: ReadonlyMap<string, unknown>, options: UpdateOptions, outcome: Outcome): void {
        const device = this.#device(id, options.register, options.owner ?? null)
        const { row } = device
        const changed = device.updates === 0 ? difference(row, set) : set
        const update = new DeviceUpdate(device, changed, this.#parts.clock.now(), options, outcome)
        device.updates++
        try {
            checkOwner(row, options.owner)
            checkNumber(row, set)
            update.reservation = this.budget.reserve(row, device, changed)
            this.#commits.wait(this.#parts.repository.commit(update), update)
        } catch (error) {
            this.#ended(update, error)
        }
    }

    #ended(update: DeviceUpdate, error: unknown): void {
        const { device, id, reservation } = update
        device.updates--
        if (reservation) this.budget.release(device, reservation)
        if (error === undefined) update.succeed(() => this.#stored(update))
        else {
            // A device that could not be stored stays unknown.
            if (!device.known && device.updates === 0 && this.#devices.get(id) === device) this.#devices.delete(id)
            update.fail(error)
        }
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
    #stored({ device, set, at, taker }: DeviceUpdate): Updated {
        const { row } = device
        const { id } = row
        const changed = difference(row, set)
        const registered = !device.known
        device.known = true
        // It may have been removed meanwhile, by a write that came after this one.
        if (this.#devices.get(id) === device) {
            const owner = registered ? (taker ?? row.owner) : taker
            const event: FleetEvent = { id, at, set: [...changed], registered, removed: false }
            if (owner !== undefined) event.owner = owner
            this.#parts.bus.publish(this.#changes, event)
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
        for (const [name, value] of set) setProperty(row, name, value, at)
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
function difference({ properties }: DeviceRow, set: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
    let changed: Map<string, unknown> | undefined
    set.forEach((value, name) => {
        const known = properties.get(name)
        if (!known || !same(known.value, value)) return
        changed ??= new Map(set)
        changed.delete(name)
    })
    return changed ?? set
}

function setProperty({ properties }: DeviceRow, name: string, value: unknown, at: number): void {
    const known = properties.get(name)
    if (!known) return void properties.set(detached(name), { value, at })
    known.value = value
    known.at = at
}

/** Whether a device belongs to another account. @param owner as in {@link UpdateOptions} */
export const isForeign = (row: DeviceRow, owner: string | null | undefined): boolean =>
    owner !== undefined && row.owner !== null && row.owner !== owner

function checkOwner(row: DeviceRow, owner: string | null | undefined): void {
    if (isForeign(row, owner)) throw new Refusal(403, 'FOREIGN_DEVICE', `the device ${row.id} belongs to somebody else`)
}
