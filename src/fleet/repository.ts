/** The latest value of a property. */
interface Property {
    /** Anything JSON can hold. */
    value: unknown
    /** Since when it has that value, in milliseconds since 1970. */
    at: number
}

/** The state of a device. Devices choose the names of properties, which must not be keys of a plain object. */
export interface DeviceRow {
    id: string
    /** The name of its fleet, as several may share a store. */
    fleet: string
    /** The account it belongs to, by the token it connected with; null if none. */
    owner: string | null
    properties: Map<string, Property>
    registeredAt: number
    /** When it last reported, whether or not that changed something. */
    updatedAt: number
    /** The same in the monotonic time of this process; every row of a fleet has it. */
    heardAt?: number
}

export interface HistoryPoint {
    at: number
    value: number
}

/** A change of a device, which is stored whole or not at all. */
export interface DeviceChange {
    fleet: string
    id: string
    /** Undefined leaves it as it is. */
    owner: string | null | undefined
    at: number
    /** The values that have changed; without any, only the time of the report is stored. */
    set: ReadonlyMap<string, unknown>
    /** About how many bytes of memory that takes. */
    bytes: number
    /** Whether the device is new. */
    register: boolean
    /** Whether numbers are kept as history. */
    history: boolean
}

export interface HistoryLimits {
    /** Points of one device, and of all of them. */
    device: number
    fleet: number
    /** Is called for each device whose oldest points are deleted because of these limits. */
    trimmed(device: string): void
}

/** Stores devices. Every promise resolves once that is committed. */
export interface DeviceRepository {
    devices(fleet: string): Promise<DeviceRow[]>
    /** @throws Refusal 503 `FLEET_BUSY` where history comes faster than it can be kept, 503 `STORE_UNAVAILABLE` */
    commit(change: DeviceChange): Promise<void>
    /** Writes the devices of a fleet again, without history, whenever another database was opened, before anything is read from that. */
    onAnother(fleet: string, rows: () => Iterable<DeviceRow>): void
    /** Deletes a device with its history. */
    remove(fleet: string, id: string): Promise<void>
    /** Deletes older history. */
    forget(fleet: string, before: number): Promise<void>
    /** Limits the history of a fleet from now on, or no more: the oldest points are deleted, of the devices that have the most. */
    limitHistory(fleet: string, limits: HistoryLimits | undefined): void
    /** Oldest first, both ends included; thinned to at most `limit` points, with the lowest and highest values kept. */
    history(fleet: string, id: string, property: string, from: number, to: number, limit: number): Promise<HistoryPoint[]>
}
