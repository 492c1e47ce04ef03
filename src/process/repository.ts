/** What a node has to remember over a restart that is worth no table of its own. */
export interface StateRepository {
    get(node: string): Promise<unknown>
    /** @param state anything JSON can hold */
    put(node: string, state: unknown): Promise<void>
    /** Of which nodes there are any. */
    nodes(): Promise<string[]>
}
