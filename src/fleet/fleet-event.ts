/** Where a fleet is spoken to: what it can be asked for, or `changes`, which are published. */
export const fleetTopic = (name: string, what: string): string => `fleets/${encodeURIComponent(name.toWellFormed())}/${what}`

/** What became of a device, told over the bus once it is committed: plain data, that fleets of the same name in other processes take over. */
export interface FleetEvent {
    id: string
    /** In milliseconds since 1970. */
    at: number
    /** What is different; nothing if it only gave a sign of life. */
    set: [name: string, value: unknown][]
    registered: boolean
    removed: boolean
    /** Whose it is from now on, with a device that is registered or changes hands; null for nobody in particular's. */
    owner?: string | null
}
