/** A message for a peer that is away, kept until it has taken it or it expires. */
export interface OutboxRow {
    id: string
    /** The endpoint it leaves by. */
    endpoint: string
    /** The node that was told to send it, which tells what became of it. */
    node: string
    peer: string
    /** Whose peer it is; null if nobody said so. */
    account: string | null
    /** Whether it is only for one that proves its id. */
    proven: boolean
    /** The frame's content, as JSON. */
    payload: string
    createdAt: number
    /** In milliseconds since 1970. */
    expiresAt: number
}

export interface OutboxRepository {
    /** Takes over what is kept for an endpoint, until the signal aborts. What expires is deleted by itself only where nobody has. */
    attend(endpoint: string, signal: AbortSignal): void
    /** Oldest first. */
    rows(endpoint: string): Promise<OutboxRow[]>
    add(row: OutboxRow): Promise<void>
    remove(id: string): Promise<void>
}
