import type { Node } from 'node-red'
import {
    type Attempt,
    type Delivered,
    isUrl,
    type Job,
    type JobChanges,
    type JobPackage,
    type Jobs,
    packageFaults,
    Robots,
    viewOf,
} from '../../src/jobs/index.ts'
import { Refusal } from '../../src/lib/index.ts'
import { configNode, defineNode, type Handlers, liveStatus, messageId, type Setup } from '../../src/node-red/index.ts'
import type { Peer } from '../../src/ws/index.ts'
import { type EndpointNode, peerOf } from '../device-ws-endpoint/client.ts'
import { packageCheck, useJobs } from '../job-schedule/client.ts'
import { statusOf } from './client.ts'
import { JobDueConfig } from './schema.ts'

type Context = Setup<typeof JobDueConfig, never>

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed, refuse } = context
    const { store, bus, jobs } = useJobs(context)
    const endpoint = config.endpoint === '' ? undefined : configNode<EndpointNode>(RED, config.endpoint)
    const robots = endpoint && new Robots({ ...endpoint, log: (text) => node.warn(text) })
    const check = checkOf(context, jobs)
    const fire = (attempt: Attempt, peer?: Peer) => node.send([dueMessage(attempt, endpoint, peer), null, null] as never)

    async function send(attempt: Attempt): Promise<Delivered> {
        const { target } = attempt.job
        if (target !== '') {
            if (!robots?.find(target)) return 'away'
            const fault = await check(attempt)
            // It goes once this node is there again.
            if (closed.aborted) return 'away'
            if (fault) return fault
        }
        // It may have gone while its package was looked at.
        const peer = robots?.find(target)
        if (target !== '' && !peer) return 'away'
        fire(attempt, peer)
        return 'sent'
    }

    const port = { send, ...(robots && { cancel: (attempt: Attempt) => robots.cancel(attempt) }) }
    const { inFlight, jitter, spacing } = config
    const delivery = jobs.attach(port, { inFlight, jitter: jitter * 1000, spacing: spacing * 1000 }, closed)
    robots?.serve(delivery, closed)
    delivery.connect('').catch((error: Error) => node.warn(error.message))
    jobs.onEnded((job) => {
        const refusal = refusalOf(job)
        if (refusal) refuse({ _msgid: messageId(), topic: job.target || job.name, payload: job.payload } as never, refusal)
    }, closed)
    bus.subscribe<JobChanges>(jobs.topic, (changes) => tellChanges(node, changes), closed)
    liveStatus(node, closed, statusOf(RED, { store, bus, jobs }))
    return { close: () => jobs.settled() }
}

const isPackage = (payload: unknown): payload is JobPackage => typeof Object(payload).package_name === 'string'

/** @returns what looks at a package once more: what it was allowed to be may have changed, and what it leads to as well */
function checkOf({ RED, config, closed }: Context, jobs: Jobs): (attempt: Attempt) => Promise<Delivered | undefined> {
    const { rules, probe } = packageCheck(RED, config, closed)
    const texts = (faults: ReturnType<typeof packageFaults>) => faults.map(({ path, message }) => `${path} ${message}`).join('; ')
    return async ({ job: { id, payload }, fence }) => {
        if (!isPackage(payload)) return undefined
        const faults = packageFaults(payload, rules)
        if (faults.length > 0) return { failed: texts(faults) }
        if (!isUrl(payload.path)) return undefined
        const found = await probe(payload)
        if (!found.ok) return { failed: texts(found.faults), again: !found.isFinal }
        const job = await jobs.get(id)
        const isWanted = job?.status === 'sent' && job.fence === fence && !job.cancelling
        return isWanted ? undefined : { failed: 'it was cancelled while its package was looked at' }
    }
}

/** What the flow is told when a job is due. A robot gets it by *device out*, which takes from `peer` whom it is for and what goes with it. */
function dueMessage({ job, attempt, fence, lateness }: Attempt, endpoint: EndpointNode | undefined, peer: Peer | undefined) {
    const { id, target, name, payload, dueAt, run } = job
    return {
        _msgid: messageId(),
        topic: target || name,
        payload,
        job: { id, name, dueAt: new Date(dueAt).toISOString(), attempt, fence, lateness, run },
        ...(endpoint && peer && { peer: { ...peerOf(endpoint.id, peer), reply: { jobId: id, attempt, fence } } }),
    }
}

/** What output 2 says of a job that was not done; undefined if it was, or if somebody did not want it any more. */
function refusalOf(job: Job): Refusal | undefined {
    const details = { job: viewOf(job) }
    const { id, name, status, reason } = job
    if (status === 'failed') return new Refusal(502, 'JOB_FAILED', `the job ${name || id} has failed: ${reason}`, details)
    if (status === 'expired') return new Refusal(410, 'EXPIRED', `the job ${name || id} was not sent in time: ${reason}`, details)
    return undefined
}

/** Tells of each change of a job, where anybody listens. */
function tellChanges(node: Node, changes: JobChanges): void {
    const { wires = [] } = node as Node & { wires?: unknown[][] }
    if (!wires[2]?.length) return
    const tell = (event: string, payload: unknown, topic?: string) =>
        node.send([null, null, { _msgid: messageId(), event, ...(topic !== undefined && { topic }), payload }] as never)
    if ('changes' in changes) for (const { job } of changes.changes) tell('job', viewOf(job), job.id)
    else if ('removed' in changes) tell('removed', { ids: changes.removed })
    else tell('restart', changes.restart)
}

export default defineNode('job-due', JobDueConfig, setup)
