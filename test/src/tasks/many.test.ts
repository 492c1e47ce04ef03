import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import { tasksOn, Worker } from '../../../src/tasks/index.ts'
import { memory } from '../../support/memory.ts'
import { stopwatch } from '../../support/stopwatch.ts'
import { soon, workbench } from '../store/open.ts'

/** What opening a store with so many waiting tasks takes, and beginning to work on it. */
async function start(waiting: number) {
    const bench = workbench()
    const first = bench.open(bench.file())
    await first.ready(soon())
    await first.close()
    const dueAt = Date.now() + 3_600_000
    await bench.ask(`
        insert into tasks (id, kind, queue, owner, key, due_at, expires_at, parent, attempts, bytes, payload)
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${waiting})
        select 't' || i, 'wait', 'w', 'w', 'k' || (i % 1000), ${dueAt} + i, ${dueAt} + 2 * i, 'p' || i, 0, 200, printf('%.200d', i) from n`)
    await bench.ask(`insert into task_totals values ('wait', 'w', ${waiting}, ${200 * waiting})`)

    const before = memory()
    let statements = 0
    const watch = stopwatch()
    const store = bench.open(bench.file(), { trace: () => statements++ })
    const tasks = tasksOn(store, { clock: systemClock, newId: () => 'me', log: assert.fail })
    const closing = new AbortController()
    const done: string[] = []
    const run = ({ payload }: { payload: string }): undefined => void done.push(payload)
    const worker = new Worker(
        tasks,
        { kind: 'wait', queue: 'w', run, expires: true, share: () => ({ group: 'all', limit: 64, each: 1 }), log: assert.fail },
        closing.signal,
    )
    while (worker.left === undefined) await new Promise((resolve) => setImmediate(resolve))
    const took = { ms: watch(), statements, bytes: memory() - before }
    assert.equal(tasks.total('wait', 'w').count, waiting)

    statements = 0
    await worker.add({ owner: 'w', dueAt: Date.now(), payload: 'now' })
    while (tasks.total('wait', 'w').count > waiting) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(done, ['now'])
    const perTask = statements
    closing.abort()
    await bench.clear()
    return { ...took, perTask }
}

describe('a hundred thousand waiting tasks', () => {
    it('take no more to start with than a thousand, nor more memory, nor more for each that is done', async () => {
        await start(10)
        const [few, many] = [await start(1000), await start(100_000)]
        const both = JSON.stringify({ few, many })
        assert.equal(many.statements, few.statements, both)
        assert.ok(many.perTask <= few.perTask + 4, both)
        assert.ok(many.bytes - few.bytes < 1_000_000, both)
        assert.ok(many.ms < 4 * few.ms + 200, both)
    })
})
