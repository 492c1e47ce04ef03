import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import { openDatabase, type StoreModule } from '../../../src/store/index.ts'
import { storeModules } from '../../../src/stores.ts'
import { soon, workbench } from '../store/open.ts'

describe('jobs from before they had paths of their own', () => {
    const bench = workbench()
    after(() => bench.clear())

    it('are listed with those of their packages', async () => {
        const old = Object.entries(storeModules({ retentionDays: 0 })).map(([name, module]) => {
            const steps = Object.entries((module as StoreModule<unknown>).migrations).filter(([step]) => step < '0055')
            return [name, { migrations: Object.fromEntries(steps), open: () => undefined }] as const
        })
        const before = openDatabase({ ...bench.place(bench.file()), clock: systemClock, log: () => {} }, Object.fromEntries(old))
        await before.ready(soon())
        await before.close()
        const columns = 'id, queue, target, target_name, name, payload, schedule, policy, priority, run, created_at, due_at'
        const row = (id: number, target: string) =>
            `('j${id}', 'q', '${target}', '', 'p', '{"path":"a/${id}"}', '{"date":"15-7"}', '{}', 0, 1, 0, ${id})`
        const rows = Array.from({ length: 1200 }, (_, id) => row(id, 'r'))
        await bench.ask(`insert into jobs (${columns}) values ${[...rows, row(1200, '')].join()}`)
        const store = bench.open(bench.file())
        const { jobs, hasMore } = await store.jobs.list('q', { descending: false, limit: 1200 })
        assert.deepEqual([jobs.map(({ job }) => JSON.parse(job.payload).path), hasMore], [rows.map((_, id) => `a/${id}`), true])
        const last = await store.jobs.list('q', { descending: true, limit: 1 })
        assert.equal(last.jobs[0]!.job.path, null)
    })
})
