import assert from 'node:assert/strict'
import { instance, itOnFiles, reading, refusal, samplesOf, soon, workbench } from './open.ts'

describe('group commit', () => {
    let bench: ReturnType<typeof workbench>

    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    it('commits once what arrives in one turn, and not before all of it is written', async () => {
        const statements: string[] = []
        const store = bench.open(bench.file(), { trace: (sql) => statements.push(sql) })
        await store.ready(soon())
        statements.length = 0
        const written = Promise.all(Array.from({ length: 100 }, (_, i) => store.power.addSample('s1', reading(i))))
        const acknowledged = written.then(() => statements.push('acknowledged'))
        await acknowledged
        assert.equal(statements.filter((sql) => sql === 'commit').length, 1)
        assert.equal(statements.filter((sql) => sql.startsWith('insert into "samples"')).length, 100)
        // Others may read meanwhile.
        const own = statements.filter((sql) => !sql.startsWith('select'))
        assert.deepEqual(own.slice(-2), ['commit', 'acknowledged'])
    })

    it('shows no half of a batch to a read that comes in between', async () => {
        const seen: Promise<number>[] = []
        const trace = (sql: string) => {
            if (sql.startsWith('insert into "instances"')) seen.push(store.power.running('s1').then(({ length }) => length))
        }
        const store = bench.open(':memory:', { trace })
        await store.ready(soon())
        await Promise.all(Array.from({ length: 50 }, (_, i) => store.power.commit('s1', { started: instance(`i${i}`) })))
        assert.deepEqual(await Promise.all(seen), Array(50).fill(50))
    })

    // What waits is held before any database is asked.
    itOnFiles('refuses more than it can hold instead of growing without end', async () => {
        const store = bench.open(':memory:')
        await store.ready(soon())
        const results = await Promise.allSettled(Array.from({ length: 21_000 }, (_, i) => store.power.addSample('s1', reading(i))))
        const refused = results.filter((result) => result.status === 'rejected')
        // The store may have something of its own to write.
        assert.ok(refused.length >= 1000 && refused.length < 1010, `${refused.length}`)
        assert.ok(refusal(/too much/)(refused[0]?.reason))
        assert.equal((await samplesOf(store, 's1', 0, 1e9)).length, 21_000 - refused.length)
    })
})
