import type { TaskEntry } from './repository.ts'
import type { Tasks } from './tasks.ts'

/** Tasks that go at once. */
const PORTION = 500

/**
 * Removes the tasks of nodes that are gone, once those who listen have been told of them. Tasks without an owner stay.
 * @param exists whether a node is part of the flows, be it disabled
 * @throws {@link Refusal} 503 `STORE_UNAVAILABLE`, and what listeners throw; what is left is swept the next time
 */
export async function sweepTasks(tasks: Tasks, exists: (node: string) => boolean, signal: AbortSignal): Promise<void> {
    const { repository, ready } = tasks.parts
    await ready(signal)
    await repository.begin(tasks.holder)
    for (const { kind, owner } of repository.owners()) {
        if (owner === '' || exists(owner)) continue
        for (let page = await next(0); page.length > 0; page = await next(page.at(-1)!.seq)) {
            if (signal.aborted) return
            await tasks.swept(page)
            await repository.remove(page.map(({ id }) => id))
        }
        function next(after: number): Promise<TaskEntry[]> {
            return repository.ofOwner(kind, owner, after, PORTION)
        }
    }
}
