import type { NodeMessage } from 'node-red'
import { entryOf, type Job, type Jobs, previewRuns, scheduleOf, viewOf } from '../../src/jobs/index.ts'
import { badInput, identifier, moment, optional, Refusal, setWallClock, systemClock, wholeNumber } from '../../src/lib/index.ts'
import { answer, defineNode, type Handlers, input, liveStatus, nameOf, type Send, type Setup } from '../../src/node-red/index.ts'
import { statusOf } from '../job-due/client.ts'
import { useJobs } from '../job-schedule/client.ts'
import { JobControlConfig } from './schema.ts'

type Context = Setup<typeof JobControlConfig, never>

/** Runs of a preview, unless told otherwise. */
const USUAL_RUNS = 5
const changing: readonly string[] = ['cancel', 'force', 'retry', 'delete']

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store, bus, jobs } = useJobs(context)
    liveStatus(node, closed, statusOf(RED, { store, bus, jobs }))
    const operations = { ...ofJobs(context, jobs), ...ofTimes(context, jobs) }
    return {
        changesState: changing.includes(config.operation) || (config.operation === 'clock' && config.settable),
        input: (msg, send) => operations[config.operation](msg, send),
        close: () => jobs.settled(),
    }
}

function ofJobs({ RED, node, config }: Context, jobs: Jobs) {
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    const idIn = async (msg: NodeMessage) => {
        const key = optional(await get('key', msg), (given) => identifier(nameOf(config, 'key'), given))
        return key === undefined ? identifier(nameOf(config, 'jobId'), await get('jobId', msg)) : await jobs.idOf(key)
    }
    const byIn = async (msg: NodeMessage) => optional(await get('by', msg), (given) => identifier(nameOf(config, 'by'), given))
    const tell = (msg: NodeMessage, send: Send, job: Job) => send(answer(msg, { job: viewOf(job) }))

    return {
        async get(msg: NodeMessage, send: Send) {
            const id = await idIn(msg)
            const [job, history] = await Promise.all([jobs.get(id), jobs.history(id)])
            if (!job) throw new Refusal(404, 'JOB_NOT_FOUND', `there is no job ${id}; those that ended long ago were deleted`)
            send(answer(msg, { job: viewOf(job, history) }))
        },
        async list(msg: NodeMessage, send: Send) {
            const keys = ['state', 'robot', 'repeating', 'from', 'to', 'order', 'limit', 'cursor']
            const [status, target, series, from, to, order, limit, cursor] = await Promise.all(keys.map((key) => get(key, msg)))
            const page = await jobs.list({ status, target, series, from, to, order, limit, cursor })
            send(answer(msg, { ...page, jobs: page.jobs.map(entryOf) }))
        },
        async cancel(msg: NodeMessage, send: Send) {
            const series = optional(await get('series', msg), (given) => boolean(nameOf(config, 'series'), given))
            const by = await byIn(msg)
            tell(msg, send, await jobs.cancel(await idIn(msg), { by, ...(series !== undefined && { series }) }))
        },
        async force(msg: NodeMessage, send: Send) {
            tell(msg, send, await jobs.force(await idIn(msg), { by: await byIn(msg) }))
        },
        async retry(msg: NodeMessage, send: Send) {
            tell(msg, send, await jobs.retry(await idIn(msg), { by: await byIn(msg) }))
        },
        async delete(msg: NodeMessage, send: Send) {
            const jobId = await idIn(msg)
            await jobs.remove(jobId)
            send(answer(msg, { jobId }))
        },
    }
}

function ofTimes({ RED, node, config }: Context, jobs: Jobs) {
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    function set(at: number): void {
        if (!config.settable) throw new Refusal(409, 'CLOCK_NOT_SETTABLE', 'the clock is only set where the node says that it may be')
        setWallClock(at)
        jobs.clockSet()
    }
    return {
        async preview(msg: NodeMessage, send: Send) {
            const { timeZone, overlap } = config
            const count = optional(await get('count', msg), (given) => wholeNumber(nameOf(config, 'count'), given, 1, 100)) ?? USUAL_RUNS
            const defaults = { ...(timeZone !== '' && { timeZone }), overlap }
            const runs = previewRuns(scheduleOf(await get('schedule', msg)), count, defaults, systemClock.now())
            send(answer(msg, { runs: runs.map((at) => new Date(at).toISOString()) }))
        },
        async clock(msg: NodeMessage, send: Send) {
            const at = optional(await get('at', msg), (given) => moment(nameOf(config, 'at'), given))
            if (at !== undefined) set(at)
            send(answer(msg, { now: new Date(systemClock.now()).toISOString() }))
        },
    }
}

/** Also as text, as in the query of a URL. */
function boolean(field: string, given: unknown): boolean {
    const isTrue = given === true || given === 'true'
    if (!isTrue && given !== false && given !== 'false') throw badInput(field, 'must be true or false')
    return isTrue
}

export default defineNode('job-control', JobControlConfig, setup)
