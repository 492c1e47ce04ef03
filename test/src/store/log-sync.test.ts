import assert from 'node:assert/strict'
import fs, { copyFileSync, existsSync, statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { turn } from '../../../src/lib/index.ts'
import { bad, good, healthy, instance, itOnFiles, refusal, soon, workbench } from './open.ts'

/** Commits until the log was moved into the file and begun anew, and how many of them a power cut is tried after. */
const [ROUNDS, EACH] = [60, 10]

type Synced = (error: NodeJS.ErrnoException | null) => void

describe('what is synced to the disk', () => {
    const { fdatasync } = fs
    let bench: ReturnType<typeof workbench>

    beforeEach(() => {
        bench = workbench()
    })
    afterEach(async () => {
        replace(fdatasync)
        await bench.clear()
    })

    function replace(by: (handle: number, synced: Synced) => void): void {
        fs.fdatasync = by as typeof fdatasync
        syncBuiltinESMExports()
    }

    /** Copies what a power cut would leave. */
    function copy(to: string): void {
        for (const end of ['', '-wal']) if (existsSync(bench.file() + end)) copyFileSync(bench.file() + end, bench.file(to) + end)
    }

    const start = (store: ReturnType<typeof bench.open>, id: string) => store.power.commit('s1', { started: instance(id) })

    itOnFiles('keeps writes and reads waiting until the disk has them, and nothing else', async () => {
        const store = bench.open(bench.file())
        await store.ready(soon())
        const told: string[] = []
        const held = new Promise<Synced>((resolve) => replace((_handle, synced) => resolve(synced)))
        const written = start(store, 'i1').then(() => told.push('written'))
        const synced = await held
        const read = store.power.instance('i1').then((row) => told.push(`read ${row?.id}`))
        for (let turns = 0; turns < 20; turns++) await turn()
        assert.deepEqual(told, [])
        replace(fdatasync)
        synced(null)
        await Promise.all([written, read])
        assert.deepEqual(told.sort(), ['read i1', 'written'])
    })

    itOnFiles('after a power cut has all that was acknowledged, be it in the log or in the file', async () => {
        const store = bench.open(bench.file())
        await store.ready(soon())
        const acknowledged: string[][] = []
        replace((handle, synced) => {
            const cut = acknowledged.push([]) - 1
            if (cut % EACH === 0) copy(`cut-${cut}`)
            fdatasync(handle, synced)
        })
        for (let round = 0; round < ROUNDS; round++) {
            const ids = Array.from({ length: 200 }, (_, i) => `${round}-${i}`)
            await Promise.all(ids.map((id) => start(store, id).then(() => acknowledged.at(-1)!.push(id))))
        }
        replace(fdatasync)
        await store.close()
        const cuts = acknowledged.length
        assert.ok(cuts >= ROUNDS)
        assert.ok(statSync(bench.file(`cut-${ROUNDS - EACH}`)).size > statSync(bench.file('cut-0')).size, 'the log was moved into the file')
        for (let cut = 0; cut < cuts; cut += EACH) {
            const rows = await bench.ask('select id from instances', bench.file(`cut-${cut}`))
            const found = new Set(rows.map(({ id }) => id))
            const lost = acknowledged.slice(0, cut + 1).flatMap((ids) => ids.filter((id) => !found.has(id)))
            assert.deepEqual(lost, [], `cut ${cut}`)
        }
    })

    itOnFiles('refuses what could not be synced, says why, and opens the file anew, in which it does not run', async () => {
        const store = bench.open(bench.file())
        await store.ready(soon())
        const socket = { id: 's1', name: 'heater', offDue: false, haltedAt: null }
        const known = { socket, running: [], events: [], meter: undefined, at: 1 }
        store.power.onAnother('s1', () => known, new AbortController().signal)
        replace((_handle, synced) => synced(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' })))
        const failed = healthy(store, bad(/cannot be written: EIO/))
        await assert.rejects(start(store, 'i1'), refusal(/cannot be written: EIO/))
        await failed
        replace(fdatasync)
        await healthy(store, good)
        await start(store, 'i2')
        const running = await store.power.running('s1')
        assert.deepEqual(
            running.map(({ id }) => id),
            ['i2'],
        )
    })
})
