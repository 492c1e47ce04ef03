import type { Claim, Task, TaskEntry, TaskRepository } from './repository.ts'
import { isAway } from './tasks.ts'

/**
 * Claims tasks, all at once or, when that fails, each alone: it may be only one of them that cannot be read.
 * @param unreadable is told of each that cannot be
 * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`
 */
export async function claimAll(
    repository: Pick<TaskRepository, 'claim'>,
    entries: readonly TaskEntry[],
    claim: () => Claim,
    unreadable: (entry: TaskEntry, error: unknown) => void,
): Promise<Task[]> {
    try {
        const ids = entries.map(({ id }) => id)
        return await repository.claim(ids, claim())
    } catch (error) {
        if (isAway(error)) throw error
    }
    const claimed: Task[] = []
    for (const entry of entries)
        try {
            claimed.push(...(await repository.claim([entry.id], claim())))
        } catch (error) {
            if (isAway(error)) throw error
            unreadable(entry, error)
        }
    return claimed
}
