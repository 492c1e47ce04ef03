/** The topic of a call of a fleet, or of its `changes`. */
export const fleetTopic = (name: string, what: string): string => `fleets/${encodeURIComponent(name.toWellFormed())}/${what}`

/** A committed change of a device, as it is published: plain data, which fleets of the same name in other processes apply. */
export interface FleetEvent {
    id: string
    /** In milliseconds since 1970. */
    at: number
    /** What has changed; empty for a report that changes nothing. */
    set: [name: string, value: unknown][]
    registered: boolean
    removed: boolean
    /** The account it belongs to from now on, if that is new; null for none. */
    owner?: string | null
}
