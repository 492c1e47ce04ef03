/** A message that is held until its time comes. */
export interface WaitRow {
    id: string
    /** The node that holds it. */
    node: string
    /** When it goes on, in milliseconds since 1970. */
    dueAt: number
    /** The message, serialised. */
    message: string
    /** The callback that the message will answer in the end, if any. */
    callback: string | null
}

export interface WaitRepository {
    /** Those of a node, soonest first. */
    waits(node: string): Promise<WaitRow[]>
    add(row: WaitRow): Promise<void>
    remove(id: string): Promise<void>
}

/** What a node has to remember over a restart that is worth no table of its own. */
export interface StateRepository {
    get(node: string): Promise<unknown>
    /** @param state anything JSON can hold */
    put(node: string, state: unknown): Promise<void>
}
