/** What one property of a device is, and since when. */
export interface Property {
    /** Anything JSON can hold. */
    value: unknown
    /** When it became so, in milliseconds since 1970. */
    at: number
}

/** The latest value of each of a device's properties. Property names are the device's own: never used as keys of a plain object. */
export interface DeviceRow {
    id: string
    /** The fleet it belongs to: the id of the store's user that keeps it, so that several fleets may share a store. */
    fleet: string
    /** Whose it is, by the claims it connected with; null if nobody in particular's. */
    owner: string | null
    properties: Map<string, Property>
    registeredAt: number
    /** When it last said anything, whether or not that changed something. */
    updatedAt: number
    /** The same in the monotonic time of this process: the fleet says so of each of its rows. */
    heardAt?: number
}

/** One value that a property had. */
export interface HistoryPoint {
    at: number
    value: number
}

/** What a device said, to be kept whole or not at all. */
export interface DeviceChange {
    fleet: string
    id: string
    /** Left as it is if undefined. */
    owner: string | null | undefined
    at: number
    /** Only what really changed. None at all still tells that the device said something. */
    set: ReadonlyMap<string, unknown>
    /** About how many bytes that takes in memory. */
    bytes: number
    /** Whether it is the first that was ever heard of the device. */
    register: boolean
    /** Whether the numbers among them are to be kept as history. */
    history: boolean
}

/** How much history a fleet may have. */
export interface HistoryLimits {
    /** Points of one device, and of all of them. */
    device: number
    fleet: number
    /** Is told of each device whose oldest points are deleted, for want of room. */
    trimmed(device: string): void
}

/** Keeps what the subject `devices` must not forget. Every promise resolves once it is committed. */
export interface DeviceRepository {
    devices(fleet: string): Promise<DeviceRow[]>
    /** @throws Refusal 503 `FLEET_BUSY` where history comes faster than it can be kept, 503 `STORE_UNAVAILABLE` */
    commit(change: DeviceChange): Promise<void>
    /** Writes down the devices of a fleet again, without history, whenever another database was opened, before anybody is told anything out of that. */
    onAnother(fleet: string, rows: () => Iterable<DeviceRow>): void
    /** Forgets a device with its history. */
    remove(fleet: string, id: string): Promise<void>
    /** Deletes the history from before that moment. */
    forget(fleet: string, before: number): Promise<void>
    /** Holds the history of a fleet to limits from now on, or to none: the oldest points go, of the devices that have the most. */
    limitHistory(fleet: string, limits: HistoryLimits | undefined): void
    /** Oldest first, both ends included; thinned out to at most `limit` points, keeping least and greatest. */
    history(fleet: string, id: string, property: string, from: number, to: number, limit: number): Promise<HistoryPoint[]>
}
