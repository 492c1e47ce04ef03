import type { CallbackRepository, CallbackRow } from '../../../src/callback/repository.ts'

/** A repository that answers in the same turn of the event loop. @param held the callbacks that kept messages will answer */
export function rowsInMemory(held: Set<string>): CallbackRepository {
    const rows = new Map<string, CallbackRow>()
    const sorted = (state: string) => [...rows.values()].filter((row) => row.state === state).toSorted((a, b) => a.nextAt - b.nextAt)
    const now = <T>(value: T): Promise<T> => Promise.resolve(structuredClone(value))
    return {
        add: (row) => now(void rows.set(row.id, row)),
        get: (id) => now(rows.get(id)),
        update(id, change) {
            const row = rows.get(id)
            if (row) rows.set(id, { ...row, ...change })
            return now(undefined)
        },
        remove: (id) => now(void rows.delete(id)),
        sizes: () => now(new Map([...rows].map(([id, { url, body }]) => [id, url.length + (body?.length ?? 0)]))),
        ready: () => now(sorted('ready').map((row) => ({ ...row, bytes: row.body?.length ?? 0 }))),
        orphans: () =>
            now(
                sorted('open')
                    .map(({ id }) => id)
                    .filter((id) => !held.has(id)),
            ),
    }
}
