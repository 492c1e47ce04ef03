import assert from 'node:assert/strict'
import { type Generated, openDatabase, type StoreModule, TableLimit } from '../../../src/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/file.ts'
import { soon, workbench } from './open.ts'

interface Tables {
    notes: { seq: Generated<number>; at: number; note: string | null }
}

const HOUR = 3_600_000

describe('a table that is limited', () => {
    const clock = new FakeClock()
    let bench: ReturnType<typeof workbench>
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(() => bench.clear())

    /** By when they were written, with their numbers where that was at the same time. */
    const notes = (rows: number, bytes: number): StoreModule<{ add(notes: { at: number; note: string | null }[]): Promise<void> }> => ({
        migrations: {
            async '0001-notes'(db, { counter }) {
                const table = db.schema.createTable('notes').addColumn('seq', ...counter)
                await table.addColumn('at', 'bigint').addColumn('note', 'text').execute()
                await db.schema.createIndex('notes_time').on('notes').columns(['at', 'seq']).execute()
            },
        },
        open({ access, sweep }) {
            const own = access<Tables>()
            const how = { table: 'notes', order: ['at', 'seq'], texts: ['note'] } as const
            const limit = new TableLimit({ access: own, sweep, what: 'old notes', ...how, rows, bytes })
            return {
                async add(some) {
                    await own.write(async (db) => void (await db.insertInto('notes').values(some).execute()))
                    for (const { note } of some) limit.added(1, note?.length ?? 0)
                },
            }
        },
    })
    async function open(rows: number, bytes: number) {
        const store = openDatabase({ ...bench.place(bench.file()), clock, log: () => {} }, { notes: notes(rows, bytes) })
        await store.ready(soon())
        return store
    }
    const kept = async () => (await bench.ask('select at from notes order by at')).map(({ at }) => Number(at))
    const many = (from: number, count: number, note: string | null = null) =>
        Array.from({ length: count }, (_, i) => ({ at: from + i, note }))

    it('keeps the newest rows, however many there were before, and about as many while more come', async () => {
        const store = await open(1200, 1e9)
        for (let i = 0; i < 4000; i += 400) await store.notes.add(many(i, 400))
        await eventually(async () => (await kept()).length <= 1200)
        assert.equal((await kept()).at(-1), 3999)
        await store.close()
        const again = await open(10, 1e9)
        await eventually(async () => (await kept()).length === 10)
        assert.equal((await kept())[0], 3990)
        await again.close()
    })

    it('keeps the newest rows that have no more bytes together', async () => {
        const store = await open(1e6, 10_000)
        await store.notes.add(many(0, 20, 'x'.repeat(900)))
        await eventually(async () => (await kept()).length === 10)
        await store.notes.add([...many(100, 1, 'é'.repeat(2000)), ...many(101, 1, 'x'.repeat(4800))])
        await eventually(async () => (await kept()).length <= 3)
        assert.deepEqual((await kept()).slice(-2), [100, 101])
        await store.close()
    })

    it('loses no more than is too much of rows that came at the same time', async () => {
        const store = await open(700, 1e9)
        for (let i = 0; i < 5; i++) await store.notes.add(Array.from({ length: 400 }, () => ({ at: 7, note: null })))
        clock.advance(HOUR)
        await eventually(async () => (await kept()).length === 700)
        const [{ least } = {}] = await bench.ask('select min(seq) as least from notes')
        assert.equal(Number(least), 1301)
        await store.close()
    })
})
