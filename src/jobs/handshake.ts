import { Refusal } from '../lib/index.ts'
import type { Dispatcher } from './dispatcher.ts'
import { hasEnded, type JobRecord } from './record.ts'
import type { JobRepository } from './repository.ts'
import { attemptOf, type Target } from './targets.ts'

/** A job that a robot says it runs. */
export interface Running {
    jobId: string
    fence: number
    /** From 0 to 100. */
    progress?: number | undefined
}

/** What a robot that comes back and we agree upon. */
export interface Handshake {
    /** The ids of those that it runs, and that go on. */
    adopted: string[]
    /** The ids of those that it did not know any more: they are sent again, or have failed. */
    lost: string[]
    /** Those that it is to drop, as they are nothing of ours, have ended or are sent anew. */
    drop: { jobId: string; fence: number; reason: 'unknown' | 'ended' | 'superseded' }[]
}

/** Who is connected, for a port. */
export interface JobDelivery {
    /**
     * A target can be sent to from now on. What waits for it is sent once both agree on what it runs.
     * @param target '' for messages that any flow takes
     * @param running what it says it runs; undefined if it does not say such things
     */
    connect(target: string, running?: readonly Running[]): Promise<Handshake>
    /** A target has gone. */
    disconnect(target: string): void
}

export interface JobParts {
    queue: string
    repository: JobRepository
    dispatcher: Dispatcher
}

/** Jobs that a target may say it runs. */
const MOST = 1000

/**
 * Agrees with a target that has come back on what is under way at it.
 * @param running what it says it runs; undefined if it says nothing
 */
export async function shakeHands(parts: JobParts, target: Target, running: readonly Running[] | undefined): Promise<Handshake> {
    const { queue, repository, dispatcher } = parts
    const before = new Set(dispatcher.settling)
    const flying = await dispatcher.underWay(target)
    const said = new Map(running?.slice(0, MOST).map((one) => [one.jobId, one]))
    const handshake: Handshake = { adopted: [], lost: [], drop: [] }
    // One that has not left yet cannot be known to it, and is not lost for that.
    const isLeaving = (id: string) => before.has(id) || dispatcher.settling.has(id)
    const known = flying.filter(({ id, fence }) => said.get(id)?.fence === fence || !isLeaving(id))
    await Promise.all(known.map((job) => agree(dispatcher, target, job, said.get(job.id), running !== undefined, handshake)))
    const adopted = new Set(handshake.adopted)
    for (const { jobId, fence } of said.values())
        if (!adopted.has(jobId)) handshake.drop.push({ jobId, fence, reason: reasonOf(await repository.get(queue, jobId)) })
    return handshake
}

async function agree(
    dispatcher: Dispatcher,
    target: Target,
    job: JobRecord,
    said: Running | undefined,
    saysWhatRuns: boolean,
    handshake: Handshake,
): Promise<void> {
    const { id, fence, delivery } = job
    if (said?.fence === fence) {
        const outcome = await dispatcher.change(id, { type: 'adopted', fence, percent: said.progress ?? null })
        if (outcome?.taken) handshake.adopted.push(id)
        if (outcome?.job.cancelling) target.port.cancel?.(attemptOf(outcome.job))
    } else if (saysWhatRuns || delivery !== 'confirmed') {
        // One that does not say what it runs may still be at what has arrived.
        const outcome = await dispatcher.change(id, { type: 'lost', fence })
        if (outcome?.taken) handshake.lost.push(id)
    }
}

/** The id of the only job that is under way at a target. @throws {@link Refusal} 409 `AMBIGUOUS_JOB` */
export async function onlyInFlight({ queue, repository }: JobParts, target: string): Promise<string | undefined> {
    const flying = await repository.inFlight(queue, target, 2)
    if (flying.length > 1) throw new Refusal(409, 'AMBIGUOUS_JOB', `several jobs are under way at ${target}: an answer has to name its job`)
    return flying[0]?.id
}

function reasonOf(job: JobRecord | undefined): Handshake['drop'][number]['reason'] {
    if (!job) return 'unknown'
    return hasEnded(job) ? 'ended' : 'superseded'
}
