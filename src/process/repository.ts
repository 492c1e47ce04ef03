/** A message that is held until its time comes, without the message itself. */
export interface WaitEntry {
    id: string
    /** The node that holds it. */
    node: string
    /** When it goes on, in milliseconds since 1970. */
    dueAt: number
    /** The callback that the message will answer in the end, if any. */
    callback: string | null
    /** How long the serialised message is, in bytes. */
    bytes: number
}

export interface WaitRow extends Omit<WaitEntry, 'bytes'> {
    /** The message, serialised: ASCII. */
    message: string
}

export interface WaitRepository {
    /** Those of a node, soonest first. */
    waits(node: string): Promise<WaitEntry[]>
    /** Those that are due by a time, of whichever node. */
    overdue(by: number): Promise<WaitEntry[]>
    /** Serialised messages by the ids of their rows; those that are gone are missing. */
    messages(ids: string[]): Promise<Map<string, string>>
    add(row: WaitRow): Promise<void>
    remove(ids: string[]): Promise<void>
}

/** What a node has to remember over a restart that is worth no table of its own. */
export interface StateRepository {
    get(node: string): Promise<unknown>
    /** @param state anything JSON can hold */
    put(node: string, state: unknown): Promise<void>
    /** Of which nodes there are any. */
    nodes(): Promise<string[]>
}
