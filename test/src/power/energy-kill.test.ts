import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { systemClock } from '../../../src/lib/index.ts'
import { Bench } from '../../support/bench.ts'
import { bundle } from '../../support/program.ts'
import { random } from '../../support/random.ts'
import { onPostgres, soon, workbench } from '../store/open.ts'

describe('the energy of a socket that is killed', function () {
    this.timeout(60_000)
    const databases = workbench()
    const file = databases.file()
    let bench: Bench
    let program: string
    before(async () => {
        program = await bundle(new URL('child/metered-socket.ts', import.meta.url), databases.root)
        bench = await Bench.open({ interval: 100 })
        bench.plug.setPower(3000)
    })
    after(async () => {
        await bench.close()
        await databases.clear()
    })

    it('is short of nothing that was committed at any moment, and never goes back', async () => {
        const draw = random(12)
        let kept = 0
        for (let life = 0; life < 4; life++) {
            const { read, committed } = await killed(2 + draw() * 4, draw() * 100)
            assert.ok(read[0]! >= kept, `${read[0]} is read, which is before ${kept}`)
            // A file takes a reading before the next one comes; a server may take longer, and only what it has answered is sure.
            const least = Math.max(committed.at(-1) ?? 0, onPostgres ? 0 : read.at(-2)!)
            const before = kept
            const store = databases.open(file)
            await store.ready(soon(20_000))
            kept = (await store.power.meter('s1'))!.energy
            await store.close()
            assert.ok(kept >= least && kept >= before, `${kept} is kept, which is before ${least} or ${before}`)
            for (const { booked, rolled } of await byTime())
                assert.ok(Math.abs(rolled - booked) < 1e-6 && booked <= kept && booked >= least, `${rolled} of ${booked}`)
        }
        const run = await bench.start(databases.place(file))
        await run.socket.ready()
        const { summary } = await run.socket.stop(run.socket.records.status.runningInstances[0]!)
        const { energy, unshared } = run.socket.meter!
        assert.ok(summary.energyWh! >= kept - unshared && Math.abs(summary.energyWh! + unshared - energy) < 1e-5)
    })

    /** Wh that were added to what is kept by time, and those that are there, at each level. */
    async function byTime(): Promise<{ booked: number; rolled: number }[]> {
        const levels = await databases.ask(
            'select max(m.booked) as booked, sum(r.energy) as rolled from meters m join rollups r on r.socket = m.socket group by abs(r.width)',
        )
        return levels.map(({ booked, rolled }) => ({ booked: JSON.parse(String(booked)).energy, rolled: Number(rolled) }))
    }

    /** One life of a process. @returns what its meter said at each reading before it was killed, and how much of it was committed */
    async function killed(readings: number, ms: number): Promise<{ read: number[]; committed: number[] }> {
        const place = JSON.stringify(databases.place(file))
        const child = spawn(process.execPath, ['--no-warnings', program, place, String(bench.mqtt.port)], {
            stdio: ['ignore', 'pipe', 'inherit'],
        })
        const said: Record<'read' | 'committed' | 'not given', number[]> = { read: [], committed: [], 'not given': [] }
        for await (const line of createInterface({ input: child.stdout })) {
            const [word, energy] = JSON.parse(line) as [keyof typeof said, number]
            said[word].push(energy)
            if (said.read.length >= readings) systemClock.after(ms, () => child.kill('SIGKILL'))
        }
        assert.deepEqual(said['not given'], [])
        return said
    }
})
