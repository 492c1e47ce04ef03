import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../../../src/bus/index.ts'
import { jobsOn } from '../../../src/jobs/index.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { memory } from '../../support/memory.ts'
import { stopwatch } from '../../support/stopwatch.ts'
import { itOnFiles, soon, workbench } from '../store/open.ts'

/** What opening a store with so many jobs takes that wait, for their time or their robot, and sending one. */
async function start(waiting: number) {
    const bench = workbench()
    const first = bench.open(bench.file())
    await first.ready(soon())
    await first.close()
    const later = Date.now() + 3_600_000
    const columns = 'id, queue, target, target_name, name, payload, schedule, policy, priority, run, created_at, due_at, status, ready_at'
    await bench.ask(`
        insert into jobs (${columns})
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${waiting})
        select 'j' || i, 'robots', 'r' || (i % 1000), 'r', 'n', '{}', '{"cron":"* * * * *","timeZone":"UTC"}', '{}', 0, 1, 0, ${later} + i,
            case i % 2 when 0 then 'scheduled' else 'due' end, case i % 2 when 0 then null else i end from n`)

    const before = memory()
    let statements = 0
    const watch = stopwatch()
    const store = bench.open(bench.file(), { trace: () => statements++ })
    const common = { clock: systemClock, newId: randomUUID, log: assert.fail, random: Math.random }
    const jobs = jobsOn(store, 'robots', { ...common, bus: new LocalBus(common) })
    const closing = new AbortController()
    const sent = Promise.withResolvers<void>()
    const send = (): 'sent' => {
        sent.resolve()
        return 'sent'
    }
    const delivery = jobs.attach({ send }, {}, closing.signal)
    while (jobs.nextDueAt === null) await new Promise((resolve) => setImmediate(resolve))
    const took = { ms: watch(), statements, bytes: memory() - before }

    await delivery.connect('')
    const schedule = { date: '', timeZone: 'UTC', overlap: 'earlier' } as const
    // The first one has them counted.
    await jobs.add({ target: '', targetName: '', name: '', payload: 1, schedule, dueAt: later * 2, policy: defaultPolicy })
    statements = 0
    await jobs.add({ target: '', targetName: '', name: '', payload: 1, schedule, dueAt: Date.now(), policy: defaultPolicy })
    await sent.promise
    const perJob = statements
    closing.abort()
    await bench.clear()
    return { ...took, perJob }
}

describe('the jobs of a key, of a repeating job and of a robot', () => {
    itOnFiles('are found without a look at any other', async () => {
        const bench = workbench()
        let listing = ''
        const trace = (sql: string) => {
            if (/from "jobs" where "queue"/.test(sql)) listing = sql
        }
        const store = bench.open(bench.file(), { trace })
        await store.ready(soon())
        const unsent = ['scheduled', 'due'] as const
        for (const [of, index] of [
            [{ key: 'k' }, 'key'],
            [{ series: 's' }, 'series'],
            [{ target: 'r' }, 'target'],
        ] as const)
            for (const status of [undefined, unsent])
                for (const descending of [false, true]) {
                    await store.jobs.list('q', { ...of, status, descending, limit: 100 })
                    const [{ detail } = {}, ...more] = await bench.ask(`explain query plan ${listing.replaceAll('?', '1')}`)
                    assert.match(`${detail} ${more.length}`, new RegExp(`^SEARCH jobs USING INDEX jobs_${index} .* 0$`))
                }
        await bench.clear()
    })
})

describe('a hundred thousand waiting jobs', function () {
    this.timeout(60_000)
    itOnFiles('take no more to start with than a thousand, nor more memory, nor more for each that is sent', async () => {
        await start(10)
        const [few, many] = [await start(1000), await start(100_000)]
        const both = JSON.stringify({ few, many })
        assert.equal(many.statements, few.statements, both)
        assert.ok(many.perJob <= few.perJob + 4, both)
        assert.ok(many.bytes - few.bytes < 1_000_000, both)
        assert.ok(many.ms < 4 * few.ms + 200, both)
    })
})
