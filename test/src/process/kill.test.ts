import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { alarmsOf } from '../../../src/alarms/index.ts'
import { LocalBus } from '../../../src/bus/index.ts'
import { systemClock } from '../../../src/lib/index.ts'
import { random } from '../../support/random.ts'
import { soon, workbench } from '../store/open.ts'

const program = fileURLToPath(new URL('child/busy-vessel.ts', import.meta.url))

describe('a vessel whose process is killed', function () {
    this.timeout(120_000)
    const bench = workbench()
    after(() => bench.clear())
    const draw = random(13)
    const transitions: [seq: number, id: string, to: string][] = []
    const setPoints: number[] = []

    /** One life, until it has said enough. */
    async function live(life: number): Promise<void> {
        const place = JSON.stringify(bench.place(bench.file()))
        const child = spawn(process.execPath, [program, place, String(life)], { stdio: ['ignore', 'pipe', 'inherit'] })
        const enough = 30 + Math.floor(draw() * 150)
        let said = 0
        for await (const line of createInterface({ input: child.stdout })) {
            // The last one may be cut off.
            const [word, ...rest] = line.endsWith(']') ? JSON.parse(line) : []
            assert.notEqual(word, 'failed', rest[0])
            if (word === 'transition') transitions.push(rest as [number, string, string])
            if (word === 'set-point') setPoints.push(rest[0] as number)
            if (++said === enough) child.kill('SIGKILL')
        }
        if (child.signalCode === null) await once(child, 'exit')
    }

    it('4 times at any moment, keeps every transition that was told, ends its shelves, and goes on with its profile where it was', async () => {
        for (let life = 0; life < 4; life++) await live(life)
        assert.ok(transitions.length > 50 && setPoints.length > 4, `${transitions.length} ${setPoints.length}`)
        assert.deepEqual(
            setPoints,
            setPoints.toSorted((a, b) => a - b),
        )
        const store = bench.open(bench.file())
        await store.ready(soon())
        const kept = (await store.alarms.transitions('g', { limit: 100_000 })).toReversed()
        const known = new Map(kept.map(({ seq, id, to }) => [seq, [seq, id, to]]))
        for (const one of transitions) assert.deepEqual(known.get(one[0]), one)
        for (const { id, state } of await store.alarms.list('g', { all: true, limit: 100 })) {
            const ofOne = kept.filter((one) => one.id === id)
            for (const [i, { from }] of ofOne.entries()) assert.equal(from, ofOne[i - 1]?.to ?? 'normal')
            assert.equal(state.name, ofOne.at(-1)!.to)
        }
        const { run } = (await store.profiles.get('v'))!
        assert.ok((run.setPoint ?? 0) >= setPoints.at(-1)!)
        const log = (text: string) => assert.fail(text)
        const alarms = alarmsOf(store, {
            group: 'g',
            bus: new LocalBus({ clock: systemClock, log }),
            clock: systemClock,
            newId: () => String(draw()),
            log,
        })
        const ending = new AbortController()
        alarms.attach(ending.signal)
        for (;;) {
            const next = new Promise<void>((resolve) => alarms.onTransition(() => resolve(), ending.signal))
            if ((await alarms.list({ all: false, limit: 100 })).every(({ state }) => state.name !== 'shelved')) break
            await next
        }
        ending.abort()
    })
})
