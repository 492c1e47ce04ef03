import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { NodeMessage } from 'node-red'
import {
    type JobChanges,
    type JobDefaults,
    type JobOrder,
    packageFiles,
    readMessage,
    readTrigger,
    scheduleOf,
} from '../../src/jobs/index.ts'
import { identifier, isMissing, optional, Refusal, systemClock } from '../../src/lib/index.ts'
import { answer, defineNode, type Handlers, input, liveStatus, nameOf, type Setup } from '../../src/node-red/index.ts'
import { statusOf } from '../job-due/client.ts'
import { packageCheck, useJobs } from './client.ts'
import { JobScheduleConfig } from './schema.ts'

type Context = Setup<typeof JobScheduleConfig, never>

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store, bus, jobs } = useJobs(context)
    liveStatus(node, closed, statusOf(RED, { store, bus, jobs }))
    const read = readerOf(context)
    const isFiling = config.kind === 'package' && config.folder !== ''
    const files = isFiling ? packageFiles(resolve(RED.settings.userDir || process.cwd(), config.folder)) : undefined
    if (files) {
        const failed = (reason: string) => node.warn(reason)
        void files.tidy((ids) => store.jobs.known(ids), systemClock, closed, failed)
        bus.subscribe<JobChanges>(
            jobs.topic,
            (changes) => {
                if ('removed' in changes) files.removeUnknown(changes.removed).catch((error: Error) => failed(error.message))
            },
            closed,
        )
    }

    return {
        changesState: true,
        async input(msg, send) {
            const order = await read(msg)
            const key = optional(await input(RED, node, config, 'key', msg), (given) => identifier(nameOf(config, 'key'), given))
            const id = randomUUID()
            await files?.write(id, order.payload as object, config.folderSpace * 1_048_576)
            let made: string | undefined
            try {
                const job = await jobs.add(order, { id, key })
                made = job.id
                const told = { jobId: made, dueAt: new Date(job.dueAt).toISOString() }
                send(Object.assign(answer(msg, told), { statusCode: made === id ? 201 : 200 }))
            } finally {
                // There is no such job: it was refused, or one that is the same has stayed.
                if (made !== id) await files?.remove(id).catch(() => {})
            }
        },
        close: () => jobs.settled(),
    }
}

/** @returns what reads the job that a message asks for, and throws a {@link Refusal} with all that is wrong with it */
function readerOf({ RED, node, config, closed }: Context): (msg: NodeMessage) => Promise<JobOrder> {
    const { rules, probe } = packageCheck(RED, config, closed)
    const defaults = defaultsOf(config)
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    return async (msg) => {
        if (config.kind === 'package') {
            const order = readTrigger(withSchedule(await get('trigger', msg)), rules, defaults, systemClock.now())
            const found = await probe(order.payload as Parameters<typeof probe>[0])
            if (!found.ok) throw new Refusal(422, 'BAD_INPUT', texts(found.faults), { errors: found.faults })
            return order
        }
        const [payload, schedule, title] = await Promise.all([get('content', msg), get('schedule', msg), get('title', msg)])
        const given = { payload, Schedule: scheduleOf(schedule), ...(!isMissing(title) && { name: title }) }
        return readMessage(given, defaults, systemClock.now())
    }
}

/** A trigger whose schedule may be text. */
const withSchedule = (trigger: unknown): unknown =>
    typeof trigger === 'object' && trigger !== null && 'Schedule' in trigger
        ? { ...trigger, Schedule: scheduleOf(trigger.Schedule) }
        : trigger

const texts = (faults: readonly { path: string; message: string }[]): string =>
    faults.map(({ path, message }) => `${path} ${message}`).join('; ')

function defaultsOf({ timeZone, overlap, ...config }: Context['config']): JobDefaults {
    const { attempts, timeout, backoff, ttl, cancelGrace, misfire, grace, priority } = config
    const ms = {
        timeout: timeout * 1000,
        backoff: backoff * 1000,
        ttl: ttl === 0 ? null : ttl * 1000,
        cancelGrace: cancelGrace * 1000,
        grace: grace * 1000,
    }
    return { ...(timeZone !== '' && { timeZone }), overlap, policy: { attempts, misfire, priority, ...ms } }
}

export default defineNode('job-schedule', JobScheduleConfig, setup)
