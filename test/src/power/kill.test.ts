import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../src/lib/index.ts'
import { openStore } from '../../../src/stores.ts'
import { Bench } from '../../support/bench.ts'
import { scratch } from '../../support/file.ts'
import { bundle } from '../../support/program.ts'
import { random } from '../../support/random.ts'

const ROUNDS = 25

/** What a socket has promised, by the words it said. */
class Promises {
    readonly running = new Set<string>()
    readonly stopping = new Set<string>()
    readonly stopped = new Set<string>()
    starts = 0

    hear(word: string, id: string): void {
        if (word === 'started') {
            this.starts++
            this.running.add(id)
        } else if (word === 'stopping') {
            this.stopping.add(id)
        } else if (word === 'stopped') {
            this.running.delete(id)
            this.stopping.delete(id)
            this.stopped.add(id)
        }
    }

    /** After a kill. @param found what runs */
    check(found: Set<string>): void {
        for (const id of this.running) assert.ok(found.has(id) || this.stopping.has(id), `${id} was started and runs no more`)
        for (const id of found) assert.ok(!this.stopped.has(id), `${id} was stopped and runs again`)
        this.running.clear()
        // Those whose start was under way may run too, and need not have been promised.
        for (const id of found) this.running.add(id)
        this.stopping.clear()
    }
}

describe('a socket that is killed', () => {
    const children = new Set<ChildProcess>()
    let files: ReturnType<typeof scratch>
    let bench: Bench
    let program: string
    beforeEach(async () => {
        files = scratch()
        program = await bundle(new URL('child/busy-socket.ts', import.meta.url), files.root)
        bench = await Bench.open()
    })
    afterEach(async () => {
        for (const child of children) child.kill('SIGKILL')
        await bench.close()
        files.clear()
    })

    it('at any moment of 200 starts and stops, keeps what it promised and leaves no plug on', async function () {
        this.timeout(240_000)
        const promises = new Promises()
        const next = random(20_261_121)
        for (let round = 0; round < ROUNDS; round++) await live(files.file, promises, round, next)
        const store = openStore({ file: files.file, retentionDays: 0, clock: systemClock, log: () => {} })
        for (const id of promises.stopped) assert.ok((await store.power.instance(id))?.stoppedAt, `${id} was stopped`)
        assert.ok(promises.starts + promises.stopped.size >= 200, `${promises.starts} starts and ${promises.stopped.size} stops`)
        await store.close()
    })

    /** One life of the process: what it finds is checked, then it works until it is killed. */
    async function live(file: string, promises: Promises, round: number, next: () => number): Promise<void> {
        const child = spawn(process.execPath, ['--no-warnings', program, file, String(bench.mqtt.port), String(round)], {
            stdio: ['pipe', 'pipe', 'inherit'],
        })
        children.add(child)
        const lines = createInterface({ input: child.stdout })
        const { promise: found, resolve } = Promise.withResolvers<string[]>()
        const kill = deadly(bench, child, next)
        lines.on('line', (line) => {
            const [word = '', ...rest] = line.split(' ')
            assert.notEqual(word, 'failed', line)
            if (word === 'running') return resolve(rest)
            if (word === 'log') return
            promises.hear(word, rest[0] ?? '')
            kill.heard()
        })
        const over = Promise.all([once(lines, 'close'), once(child, 'close')])
        const running = new Set(await within(found, 'it says what runs'))
        promises.check(running)
        await within(bench.relay(running.size > 0), `the plug is ${running.size > 0 ? 'on' : 'off'}`)
        kill.arm()
        child.stdin.write('go\n')
        await within(over, 'it is killed')
        kill.disarm()
        children.delete(child)
    }
})

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
    const late = new AbortController()
    const timeout = sleep(40_000, undefined, { signal: late.signal }).then(() => assert.fail(`never: ${what}`))
    return await Promise.race([promise, timeout]).finally(() => {
        timeout.catch(() => {})
        late.abort()
    })
}

/** Kills after so many lines or so many commands to the plug, at once or a moment later. */
function deadly(bench: Bench, child: ChildProcess, next: () => number) {
    let left = Number.POSITIVE_INFINITY
    const byCommand = next() < 0.5
    const count = () => {
        if (--left > 0) return
        left = Number.POSITIVE_INFINITY
        let turns = Math.floor(next() * 4)
        const strike = () => (turns-- > 0 ? void setImmediate(strike) : void child.kill('SIGKILL'))
        strike()
    }
    const switched = ({ topic }: { topic: string }) => void (byCommand && topic.endsWith('POWER') && count())
    bench.plug.on('command', switched)
    return {
        heard: () => void (byCommand || count()),
        arm() {
            left = 1 + Math.floor(next() * (byCommand ? 8 : 36))
        },
        disarm: () => void bench.plug.off('command', switched),
    }
}
