import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { freePort } from '../../../scripts/free-port.ts'
import type { Command } from '../../../src/commands/command.ts'
import { bundle } from '../../support/program.ts'
import { random } from '../../support/random.ts'
import { type Manner, Robot } from '../../support/robot.ts'
import { onPostgres, soon, workbench } from '../store/open.ts'

/** On PostgreSQL a process takes longer to take over. */
const KILLS = onPostgres ? 12 : 26
/** Milliseconds by which the time of a database server is known. */
const UNSURE = onPostgres ? 50 : 0

const manners: Record<string, Manner> = {
    prompt: { answer: (say) => say('done') },
    late: {
        answer(say) {
            say('received')
            // As long as a command may take.
            setTimeout(() => say('done'), 150)
        },
    },
    mute: {},
    double: { answer: (say) => say('done'), doublesAfter: 10 },
    shy: { answer: (say) => say('done'), leavesAfter: 3 },
}

/** What an endpoint has said in all its lives. */
class Heard {
    readonly kept = new Set<string>()
    /** For each command, its outcome as it was told, and in which life. */
    readonly ended = new Map<string, { outcome: string; life: string }[]>()

    hear([word, id = '', outcome = '', life = '']: string[]): void {
        assert.notEqual(word, 'failed', id)
        if (word === 'kept') this.kept.add(id)
        if (word === 'ended') this.ended.set(id, [...(this.ended.get(id) ?? []), { outcome, life }])
    }
}

describe('commands of an endpoint that is killed', function () {
    this.timeout(120_000)
    const databases = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    const children = new Set<ChildProcess>()
    const heard = new Heard()
    const draw = random(20_261_127)
    let program: string
    let place: string
    let port: number
    let robots: Robot[]
    before(async () => {
        program = await bundle(new URL('child/busy-endpoint.ts', import.meta.url), databases.root)
        port = await freePort()
        robots = Object.entries(manners).map(([id, manner]) => new Robot(id, `ws://127.0.0.1:${port}/`, manner))
    })
    after(async () => {
        for (const child of children) child.kill('SIGKILL')
        await Promise.all(robots.map((robot) => robot.close()))
        await databases.clear()
    })

    it(`${KILLS} times at any moment, end once each, and never arrive after their time`, async () => {
        place = JSON.stringify(databases.place(databases.file()))
        let next = born(0)
        for (let life = 0; life < KILLS; life++) {
            const child = next
            // It loads its modules meanwhile.
            next = born(life + 1)
            await killed(child)
        }
        for (const robot of robots) delete robot.manner.leavesAfter
        await ended(next)
        const store = databases.open(databases.file())
        await store.ready(soon(20_000))
        const commands = await store.commands.list('e', { limit: 100_000 })
        check(commands)
    })

    function born(life: number): ChildProcess {
        const child = spawn(process.execPath, ['--no-warnings', program, place, String(port), String(life), Object.keys(manners).join()], {
            stdio: ['pipe', 'pipe', 'inherit'],
        })
        children.add(child)
        return child
    }

    /** Lets it work until it has said so much, or devices have got so many commands. */
    async function killed(child: ChildProcess): Promise<void> {
        let left = 1 + Math.floor(draw() * 80)
        const strike = () => --left === 0 && child.kill('SIGKILL')
        if (draw() < 0.5) for (const robot of robots) robot.onArrival = strike
        const isByWord = robots[0]!.onArrival !== strike
        child.stdin!.write('busy\n')
        for await (const line of createInterface({ input: child.stdout! })) {
            heard.hear(JSON.parse(line))
            if (isByWord) strike()
        }
        for (const robot of robots) robot.onArrival = () => {}
        children.delete(child)
    }

    async function ended(child: ChildProcess): Promise<void> {
        child.stdin!.write('end\n')
        const closed = once(child, 'close')
        for await (const line of createInterface({ input: child.stdout! })) {
            heard.hear(JSON.parse(line))
            if (JSON.parse(line)[0] === 'over') child.kill('SIGKILL')
        }
        await closed
        children.delete(child)
    }

    function check(commands: Command[]): void {
        const arrived = Map.groupBy(
            robots.flatMap(({ id, arrivals }) => arrivals.map((arrival) => ({ ...arrival, robot: id }))),
            ({ key }) => key,
        )
        const known = new Set(commands.map(({ id }) => id))
        for (const id of heard.kept) assert.ok(known.has(id), `${id} was kept, and is gone`)
        for (const command of commands) {
            const what = JSON.stringify(command)
            const { id, device, params, notAfter, resend, ending } = command
            assert.ok(ending, `never ended: ${what}`)
            const told = heard.ended.get(id) ?? []
            assert.ok(
                told.every(({ outcome }) => outcome === ending.outcome),
                `${JSON.stringify(told)}: ${what}`,
            )
            assert.equal(new Set(told.map(({ life }) => life)).size, told.length, `told twice by one process: ${what}`)
            assert.ok(told.length > 0 || !heard.kept.has(id), `not told: ${what}`)
            const arrivals = arrived.get(String(params[0]!.value)) ?? []
            for (const { robot, sentAfter } of arrivals) {
                assert.equal(robot, device, what)
                assert.ok(sentAfter <= notAfter + UNSURE, `sent ${sentAfter - notAfter} ms too late: ${what}`)
            }
            if (ending.outcome === 'expired') assert.deepEqual(arrivals, [], what)
            if (ending.outcome === 'result' || ending.outcome === 'acknowledged') assert.ok(arrivals.length > 0, what)
            if (!resend) assert.ok(arrivals.length <= 1, `arrived twice: ${what}`)
        }
        const outcomes = Map.groupBy(commands, ({ ending }) => ending!.outcome)
        for (const outcome of ['result', 'acknowledged', 'expired', 'unreachable'] as const)
            assert.ok(
                (outcomes.get(outcome)?.length ?? 0) >= 5,
                `${outcome}: ${[...outcomes].map(([name, { length }]) => `${name} ${length}`)}`,
            )
        assert.ok(
            [...arrived.values()].some(({ length }) => length > 1),
            'nothing was sent again',
        )
    }
})
