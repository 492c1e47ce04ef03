// What bench/jobs.ts compares, by its first argument: it makes jobs that are due within a second, and prints how long that took and how
// late they ran. `ours` is src/jobs on a file, as the node job due has it without a robot; `bullmq` and `pg-boss` are installed elsewhere.
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../src/bus/index.ts'
import { type Jobs, jobsOn } from '../src/jobs/index.ts'
import { systemClock } from '../src/lib/index.ts'
import { openStore } from '../src/stores.ts'

/** What is told of a job: when it is due, in milliseconds since 1970. */
interface Payload {
    due: number
}

interface Queue {
    /** Resolves once all are kept. @param dues in milliseconds since 1970 */
    add(dues: readonly number[]): Promise<unknown>
    close(): Promise<unknown>
}

/** Makes a queue that tells of each job that it runs. @param where a file, or a URL @param peers the module that exports the peers */
type Open = (where: string, ran: (payload: Payload) => void, peers: string) => Promise<Queue>

const ours: Open = async (where, ran) => {
    const { jobs, ended, store } = await openJobs(where)
    const send = ({ job }: { job: { payload: unknown } }) => {
        ran(job.payload as Payload)
        return 'confirmed' as const
    }
    await jobs.attach({ send }, {}, ended.signal).connect('')
    return {
        add: (dues) => addAll(jobs, dues),
        async close() {
            await jobs.settled()
            ended.abort()
            await store.close()
        },
    }
}

async function openJobs(file: string) {
    const store = openStore({ file, retentionDays: 0, clock: systemClock, log: (level, text) => level !== 'info' && console.error(text) })
    const ended = new AbortController()
    const log = (text: string) => console.error(text)
    const bus = new LocalBus({ clock: systemClock, log })
    const jobs = jobsOn(store, 'bench', { bus, clock: systemClock, random: Math.random, newId: randomUUID, log })
    await store.ready(AbortSignal.timeout(60_000))
    return { store, jobs, ended }
}

/** Jobs that are added at once: of more than twice as many, a store refuses some. */
const AT_ONCE = 10_000

async function addAll(jobs: Jobs, dues: readonly number[]): Promise<void> {
    for (let at = 0; at < dues.length; at += AT_ONCE) await Promise.all(dues.slice(at, at + AT_ONCE).map((due) => jobs.add(order(due))))
}

const policy = {
    attempts: 3,
    timeout: 600_000,
    backoff: 1000,
    ttl: null,
    cancelGrace: 10_000,
    misfire: 'runOnce',
    grace: 0,
    priority: 0,
} as const
const order = (due: number) => ({
    ...{ target: '', targetName: '', name: 'bench', payload: { due }, policy, dueAt: due },
    schedule: { date: new Date(due).toISOString(), timeZone: 'UTC', overlap: 'earlier' as const },
})

interface BullMq {
    Queue: new (name: string, options: object) => { addBulk(jobs: object[]): Promise<unknown>; close(): Promise<void> }
    Worker: new (
        name: string,
        run: (job: { data: Payload }) => Promise<void>,
        options: object,
    ) => { waitUntilReady(): Promise<unknown>; close(): Promise<void> }
}

const bullmq: Open = async (where, ran, peers) => {
    const { bullmq } = (await import(peers)) as { bullmq: BullMq }
    const connection = { host: '127.0.0.1', port: Number(new URL(where).port), maxRetriesPerRequest: null }
    const queue = new bullmq.Queue('bench', { connection, defaultJobOptions: { removeOnComplete: true } })
    const worker = new bullmq.Worker('bench', async ({ data }) => ran(data), { connection, concurrency: 200 })
    await worker.waitUntilReady()
    return {
        add: (dues) => queue.addBulk(dues.map((due) => ({ name: 'bench', data: { due }, opts: { delay: due - Date.now() } }))),
        close: () => Promise.all([worker.close(), queue.close()]),
    }
}

interface PgBoss {
    start(): Promise<unknown>
    stop(options: object): Promise<void>
    createQueue(name: string): Promise<void>
    insert(name: string, jobs: object[]): Promise<unknown>
    work(name: string, options: object, run: (jobs: { data: Payload }[]) => Promise<void>): Promise<unknown>
}

const pgBoss: Open = async (where, ran, peers) => {
    const { boss } = (await import(peers)) as { boss: { PgBoss: new (url: string) => PgBoss } }
    const queue = new boss.PgBoss(where)
    await queue.start()
    await queue.createQueue('bench')
    // As often and as much at a time as it takes.
    await queue.work('bench', { batchSize: 1000, pollingIntervalSeconds: 0.5 }, (jobs) => {
        for (const { data } of jobs) ran(data)
        return Promise.resolve()
    })
    return {
        add: (dues) =>
            queue.insert(
                'bench',
                dues.map((due) => ({ data: { due }, startAfter: new Date(due) })),
            ),
        close: () => queue.stop({ graceful: false }),
    }
}

/** Milliseconds since 1970, with their fractions. */
const precisely = () => performance.timeOrigin + performance.now()

/** @param within milliseconds over which the jobs are spread @param ahead milliseconds until the first of them is due */
async function measure(open: Open, where: string, peers: string, count: number, within: number, ahead: number): Promise<object> {
    const lateness: number[] = []
    const all = Promise.withResolvers<void>()
    const ran = ({ due }: Payload) => {
        if (lateness.push(precisely() - due) === count) all.resolve()
    }
    const queue = await open(where, ran, peers)
    const first = Math.ceil(Date.now() / 1000) * 1000 + ahead
    const cpu = process.cpuUsage()
    const began = performance.now()
    await queue.add(Array.from({ length: count }, (_, i) => first + Math.floor((i * within) / count)))
    const add = performance.now() - began
    // The first ones were due before all were added.
    if (lateness.length > 0) return { isLate: true }
    await all.promise
    const { user, system } = process.cpuUsage(cpu)
    await queue.close()
    lateness.sort((a, b) => a - b)
    const at = (share: number) => lateness[Math.floor(share * (count - 1))]
    return { add, p50: at(0.5), p99: at(0.99), cpu: (user + system) / count }
}

/** Adds jobs that are due in a year. */
async function fill(file: string, count: number): Promise<object> {
    const { jobs, store } = await openJobs(file)
    const due = Date.now() + 366 * 86_400_000
    await addAll(
        jobs,
        Array.from({ length: count }, (_, i) => due + i),
    )
    await store.close()
    return {}
}

/** How long it takes until jobs go out, of a store with those that wait, and the heap that is then in use. */
async function start(file: string): Promise<object> {
    const began = performance.now()
    const { jobs, store, ended } = await openJobs(file)
    const sent = Promise.withResolvers<void>()
    const send = () => {
        sent.resolve()
        return 'confirmed' as const
    }
    await jobs.attach({ send }, {}, ended.signal).connect('')
    await jobs.add(order(Date.now()))
    await sent.promise
    const took = performance.now() - began
    await jobs.settled()
    for (let i = 0; i < 4; i++) (globalThis as unknown as { gc(): void }).gc()
    const { heapUsed } = process.memoryUsage()
    ended.abort()
    await store.close()
    return { took, heap: heapUsed }
}

const [which, where, peers, count, within, ahead] = process.argv.slice(2) as [string, string, string, string, string, string]
const opens: Record<string, Open> = { ours, bullmq, 'pg-boss': pgBoss }
const open = opens[which]
const result = open
    ? await measure(open, where, peers, Number(count), Number(within), Number(ahead))
    : await (which === 'fill' ? fill(where, Number(count)) : start(where))
console.log(JSON.stringify(result))
process.exit()
