import type { JobParts } from './handshake.ts'
import type { JobEvent } from './machine.ts'

/** Runs that are cancelled at the same time. */
const PORTION = 100

/** Cancels all runs of a repeating job that were not sent yet: the next one, and those that wait for a robot that is away. */
export async function cancelUnsent(
    { queue, repository, dispatcher }: JobParts,
    series: string,
    cancel: JobEvent & { type: 'cancel' },
): Promise<void> {
    const unsent = { series, status: ['scheduled', 'due'], descending: false, limit: PORTION } as const
    const next = async () => (await repository.list(queue, unsent)).jobs
    for (let runs = await next(); runs.length > 0; runs = await next())
        await Promise.all(runs.map(({ job }) => dispatcher.change(job.id, { ...cancel, unsentOnly: true })))
}
