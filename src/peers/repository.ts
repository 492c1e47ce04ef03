/** A stored message. */
export interface OutboxRow {
    id: string
    /** The id of the endpoint. */
    endpoint: string
    /** The id of the node that sends it. */
    node: string
    peer: string
    /** The account of the peer; null if it is not known. */
    account: string | null
    /** Whether it is only for a peer that has proven its id. */
    proven: boolean
    /** JSON. */
    payload: string
    createdAt: number
    /** In milliseconds since 1970. */
    expiresAt: number
}

export interface OutboxRepository {
    /** Says that the messages of an endpoint are taken care of, until the signal aborts: others are deleted when they expire. */
    attend(endpoint: string, signal: AbortSignal): void
    /** Oldest first. */
    rows(endpoint: string): Promise<OutboxRow[]>
    add(row: OutboxRow): Promise<void>
    remove(id: string): Promise<void>
}
