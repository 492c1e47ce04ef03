// Adds jobs if it is told to, and sends what is due to robots on the other side of its standard streams, until it is killed.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { LocalBus } from '../../../../src/bus/index.ts'
import { jobsOn } from '../../../../src/jobs/index.ts'
import { defaultPolicy } from '../../../../src/jobs/policy.ts'
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'

type Order =
    | ['add', count: number, robots: string[], within: number]
    | ['connect', robot: string, running: { jobId: string; fence: number }[]]
    | ['answer', robot: string, jobId: string, fence: number, status: 'succeeded' | 'failed' | 'running']
    | ['end']

const [place] = process.argv.slice(2)
const say = (...words: unknown[]) => void writeSync(1, `${JSON.stringify(words)}\n`)
const log = (...words: unknown[]) => say('log', ...words.map(String))
const { signal } = new AbortController()
const common = { clock: systemClock, newId: randomUUID, log }
const store = openStore({ ...JSON.parse(place!), retentionDays: 0, clock: systemClock, log })
const jobs = jobsOn(store, 'robots', { ...common, bus: new LocalBus(common), random: Math.random })
const port = {
    send({ job, fence, attempt }: { job: { id: string; target: string }; fence: number; attempt: number }): 'sent' {
        say('sent', job.target, job.id, fence, attempt)
        return 'sent'
    },
}
const delivery = jobs.attach(port, { inFlight: 4 }, signal)
void delivery.connect('')
await store.ready(signal)

async function add(count: number, robots: string[], within: number): Promise<void> {
    const policy = { ...defaultPolicy, attempts: 100, timeout: 500, backoff: 20 }
    const one = async (i: number) => {
        const dueAt = Date.now() + Math.floor((within * i) / count)
        const schedule = { date: '', timeZone: 'UTC', overlap: 'earlier' } as const
        const { id } = await jobs.add({
            target: robots[i % robots.length]!,
            targetName: '',
            name: '',
            payload: { i },
            schedule,
            dueAt,
            policy,
        })
        say('added', id)
    }
    await Promise.all(Array.from({ length: count }, (_, i) => one(i)))
}

async function look(): Promise<void> {
    const { scheduled = 0, due = 0, sent = 0, running = 0 } = await jobs.counts()
    if (scheduled + due + sent + running === 0) say('over')
}

jobs.onEnded(() => void look(), signal)
say('ready')
await look()
for await (const line of createInterface({ input: process.stdin })) {
    const order: Order = JSON.parse(line)
    if (order[0] === 'add') void add(order[1], order[2], order[3])
    if (order[0] === 'connect')
        void delivery.connect(order[1], order[2]).then(({ adopted, lost, drop }) => say('agreed', order[1], adopted, lost, drop))
    if (order[0] !== 'answer') continue
    const [, target, jobId, fence, status] = order
    void jobs.report({ target, jobId, fence, status }).then(({ taken, reason }) => say('answered', jobId, fence, status, taken, reason))
}
