import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { systemClock } from '../../../src/lib/index.ts'
import { openStore } from '../../../src/stores.ts'
import { scratch } from '../../support/file.ts'
import { bundle } from '../../support/program.ts'
import { random } from '../../support/random.ts'

describe('a fleet whose process is killed', () => {
    let files: ReturnType<typeof scratch>
    let child: ChildProcess | undefined
    let program: string
    beforeEach(async () => {
        files = scratch()
        program = await bundle(new URL('child/busy-fleet.ts', import.meta.url), files.root)
    })
    afterEach(() => {
        child?.kill('SIGKILL')
        files.clear()
    })

    /** One life of the process. @returns what it acknowledged last of each device and property, and how many in all */
    async function live(round: number, most: number): Promise<{ last: Map<string, number>; count: number }> {
        child = spawn(process.execPath, ['--no-warnings', program, files.file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
        const exit = once(child, 'exit')
        const last = new Map<string, number>()
        let count = 0
        for await (const line of createInterface({ input: child.stdout! })) {
            const [id, value, property] = line.split(' ')
            if (!property) continue
            last.set(`${id} ${property}`, Number(value))
            last.set(`${id} count`, Number(value))
            if (++count === most) child.kill('SIGKILL')
        }
        await exit
        return { last, count }
    }

    it('has everything that it acknowledged, of every property, with its history', async () => {
        const next = random(20_261_123)
        for (let round = 1; round <= 8; round++) {
            const { last, count } = await live(round, 1 + Math.floor(next() * 3000))
            assert.ok(count > 0)
            const store = openStore({ file: files.file, retentionDays: 0, clock: systemClock, log: () => {} })
            const rows = new Map((await store.devices.devices('devices')).map((row) => [row.id, row]))
            for (const [key, value] of last) {
                const [id, property] = key.split(' ')
                const found = rows.get(id!)?.properties.get(property!)
                // What was committed and could not be said any more may be there, too: never something older.
                assert.ok(Number(found?.value) >= value, `${key}: ${found?.value} instead of ${value}`)
            }
            const points = await store.devices.history('devices', 'd0', 'count', 0, 1e15, 100_000)
            assert.ok(points.some(({ value }) => value >= (last.get('d0 count') ?? 0)))
            await store.close()
        }
    })
})
