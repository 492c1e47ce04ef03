import { Refusal, same } from '../lib/index.ts'
import type { JobParts } from './handshake.ts'
import type { JobStatus } from './job.ts'
import type { JobRecord } from './record.ts'
import { cancelUnsent } from './series.ts'

/** Unsent jobs with the same key that are looked at: there is one, unless a process ended between two commits. */
const MOST = 100

/** What is being done for each key: two who give the same one come one after the other. */
const turns = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * Adds a job with a key. Earlier ones with that key that were not sent yet are withdrawn, unless one of them is the same.
 * @returns the job that there is now, once that is committed
 */
export function addByKey(parts: JobParts, key: string, job: JobRecord): Promise<JobRecord> {
    return inTurn(parts.dispatcher, key, async () => {
        const { queue, repository, dispatcher } = parts
        await dispatcher.written()
        const { jobs } = await repository.list(queue, { key, status: ['scheduled', 'due'], descending: true, limit: MOST })
        const earlier = await Promise.all(jobs.map(({ job: { id } }) => repository.get(queue, id)))
        const kept = earlier.find((one) => one && isSame(one, job))
        // A process that ends in between leaves both, of which the next one withdraws the older.
        if (!kept) await repository.add(job)
        const stays = (one: JobRecord) => one === kept || (one.series !== null && one.series === kept?.series)
        for (const one of earlier) if (one && !stays(one)) await withdraw(parts, one)
        return kept ?? job
    })
}

/** The id of the job with a key: of the one that waits, or else the latest. @throws {@link Refusal} 404 `JOB_NOT_FOUND` */
export async function idByKey({ queue, repository, dispatcher }: JobParts, key: string): Promise<string> {
    await dispatcher.written()
    const latest = async (status?: readonly JobStatus[]) =>
        (await repository.list(queue, { key, status, descending: true, limit: 1 })).jobs[0]?.job.id
    const id = (await latest(['scheduled', 'due'])) ?? (await latest())
    if (id === undefined) throw new Refusal(404, 'JOB_NOT_FOUND', `there is no job with the key ${key}`)
    return id
}

async function withdraw(parts: JobParts, { id, series }: JobRecord): Promise<void> {
    const cancel = { type: 'cancel', series: true, canAsk: false, unsentOnly: true, by: 'a job with the same key' } as const
    if (series === null) await parts.dispatcher.change(id, cancel)
    else await cancelUnsent(parts, series, cancel)
}

/** Whether the same is sent at the same times. */
function isSame(one: JobRecord, other: JobRecord): boolean {
    const of = ({ target, name, payload, schedule, policy }: JobRecord) => [target, name, JSON.parse(payload), schedule, policy]
    return same(of(one), of(other)) && (one.series !== null || one.dueAt === other.dueAt)
}

async function inTurn<T>(of: object, key: string, run: () => Promise<T>): Promise<T> {
    const own = turns.get(of) ?? new Map<string, Promise<unknown>>()
    turns.set(of, own)
    const before = own.get(key) ?? Promise.resolve()
    const turn = before.then(run, run)
    own.set(key, turn)
    try {
        return await turn
    } finally {
        if (own.get(key) === turn) own.delete(key)
    }
}
