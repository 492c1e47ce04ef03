/** Somebody was promised a PUT to a URL of theirs. */
export interface CallbackRow {
    id: string
    /** The node that promised it. */
    node: string
    url: string
    /** The header it was asked for with, as it was spelt. */
    header: string
    /** `open` while the work goes on, `ready` once there is a body to send. Rows that are done are deleted. */
    state: 'open' | 'ready'
    /** What was answered at once, as JSON; null before. A run that is cut short answers with it. */
    accepted: string | null
    /** What to send, as JSON; null while open. */
    body: string | null
    /** Failed tries so far. */
    attempts: number
    /** When the next try is due, in milliseconds since 1970. */
    nextAt: number
    /** When it was promised; once ready, when its answer was given: the time until it is given up counts from there. */
    createdAt: number
}

/** What is known of one that is ready without reading what is to be sent. */
export interface CallbackEntry extends Pick<CallbackRow, 'id' | 'node' | 'url' | 'attempts' | 'nextAt' | 'createdAt'> {
    /** How long the body is, in bytes. */
    bytes: number
}

export interface CallbackRepository {
    add(row: CallbackRow): Promise<void>
    get(id: string): Promise<CallbackRow | undefined>
    update(id: string, change: Partial<Omit<CallbackRow, 'id'>>): Promise<void>
    remove(id: string): Promise<void>
    /** How much room each takes, in bytes, by their ids. */
    sizes(): Promise<Map<string, number>>
    /** Those that are ready to be sent, the longest due first. */
    ready(): Promise<CallbackEntry[]>
    /** The ids of those still open whose message no durable wait holds: nobody may be working on them any more. */
    orphans(): Promise<string[]>
}
