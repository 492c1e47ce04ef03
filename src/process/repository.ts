/** What a node has to remember over a restart that is worth no table of its own. */
export interface StateRepository {
    get(node: string): Promise<unknown>
    /** @param state anything JSON can hold @param isAwaited otherwise it is kept along with what is kept next */
    put(node: string, state: unknown, isAwaited?: boolean): Promise<void>
    /** Of which nodes there are any. */
    nodes(): Promise<string[]>
}
