import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { random } from '../../support/random.ts'
import { onPostgres, soon, workbench } from '../store/open.ts'

const KILLS = onPostgres ? 4 : 8
const JOBS = 1000
/** For flows, beside those. */
const MESSAGES = 300
const ROBOTS = Array.from({ length: 25 }, (_, i) => `r${i}`)
/** Milliseconds within which all jobs fall due. */
const WITHIN = 4000

describe('jobs of a process that is killed', function () {
    this.timeout(120_000)
    const databases = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    const program = join(databases.root, 'job-server.mjs')
    const children = new Set<ChildProcess>()
    const draw = random(20_261_127)
    let place: string
    /** What robots run, and what was heard of jobs in all lives. */
    const running = new Map<string, Map<string, number>>(ROBOTS.map((robot) => [robot, new Map()]))
    const added = new Set<string>()
    const sent = new Map<string, number[]>()
    const answered = new Set<string>()
    /** How often each message went in all lives, and which did in the present one. */
    const messages = new Map<string, number>()
    let went = new Set<string>()
    const wrong: string[] = []
    let isOver = false

    before(async () => {
        const source = fileURLToPath(new URL('child/job-server.ts', import.meta.url))
        await build({ entryPoints: [source], outfile: program, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
        await symlink(join(import.meta.dirname, '../../../node_modules'), join(databases.root, 'node_modules'))
    })
    after(async () => {
        for (const child of children) child.kill('SIGKILL')
        await databases.clear()
    })

    it(`${KILLS} times at any moment around their due times are not lost, nor sent again after their answer`, async () => {
        place = JSON.stringify(databases.place(databases.file()))
        for (let life = 0; life < KILLS; life++) await live(life, 1 + Math.floor(draw() * 400))
        await live(KILLS, Number.POSITIVE_INFINITY)
        const store = databases.open(databases.file())
        await store.ready(soon())
        assert.deepEqual(wrong, [])
        assert.equal(added.size, JOBS + MESSAGES)
        assert.equal(messages.size, MESSAGES)
        for (const id of added) {
            const job = await store.jobs.get('robots', id)
            assert.ok(job, `${id} is gone`)
            assert.equal(job.status, 'succeeded', id)
            const fences = sent.get(id) ?? []
            assert.deepEqual(
                fences,
                [...new Set(fences)].sort((a, b) => a - b),
                `${id} ${fences}`,
            )
        }
        assert.ok([...sent.values()].filter(({ length }) => length > 1).length > 5, 'hardly any was sent again')
    })

    /** Lets a process live until it has said so much. */
    async function live(life: number, words: number): Promise<void> {
        went = new Set()
        const child = spawn(process.execPath, ['--no-warnings', program, place], { stdio: ['pipe', 'pipe', 'inherit'] })
        children.add(child)
        child.stdin!.on('error', () => {})
        const tell = (...order: unknown[]) => void child.stdin!.write(`${JSON.stringify(order)}\n`)
        let left = words
        for await (const line of createInterface({ input: child.stdout! })) {
            const [word, ...more] = JSON.parse(line)
            if (word === 'ready') {
                // The first life is the one in which they are added: it is killed once they are.
                if (life === 0) tell('add', JOBS, ROBOTS, WITHIN)
                if (life === 0) tell('add', MESSAGES, [''], WITHIN)
                for (const robot of ROBOTS)
                    tell(
                        'connect',
                        robot,
                        [...running.get(robot)!].map(([jobId, fence]) => ({ jobId, fence })),
                    )
            }
            hear(word, more, tell)
            const isAdding = life === 0 && added.size < JOBS + MESSAGES
            if ((word === 'sent' || word === 'answered') && !isAdding && --left <= 0) child.kill('SIGKILL')
            if (isOver) child.kill('SIGKILL')
        }
        children.delete(child)
    }

    function hear(word: string, more: never[], tell: (...order: unknown[]) => void): void {
        // The server that tests have may forget what it has told.
        if (word === 'log' && !String(more).includes('fsync = off')) wrong.push(String(more))
        if (word === 'added') added.add(more[0]!)
        if (word === 'over') isOver = added.size === JOBS + MESSAGES
        if (word === 'agreed' && more[0] !== '')
            for (const { jobId } of more[3]! as { jobId: string }[]) running.get(more[0]!)!.delete(jobId)
        if (word === 'answered') {
            const [id, , status, taken] = more as unknown as [string, number, string, boolean]
            if (taken && status === 'succeeded') answered.add(id)
        }
        const [robot, id, fence] = more as unknown as [string, string, number]
        if (word === 'sent' && robot !== '') take(robot, id, fence, tell)
        if (word !== 'sent' || robot !== '') return
        if (went.has(id)) wrong.push(`the message ${id} went twice`)
        went.add(id)
        messages.set(id, (messages.get(id) ?? 0) + 1)
    }

    /** A robot does what it is sent at once, later, or never; or it loses it. */
    function take(robot: string, id: string, fence: number, tell: (...order: unknown[]) => void): void {
        if (answered.has(id)) wrong.push(`${id} was sent after its answer`)
        sent.set(id, [...(sent.get(id) ?? []), fence])
        const own = running.get(robot)!
        const chance = draw()
        if (chance < 0.03) return
        own.set(id, fence)
        const answer = () => {
            if (own.get(id) !== fence) return
            tell('answer', robot, id, fence, chance < 0.1 ? 'failed' : 'succeeded')
            own.delete(id)
        }
        if (chance < 0.5) answer()
        else if (chance < 0.97) setTimeout(answer, draw() * 40)
        else tell('answer', robot, id, fence - 1, 'succeeded')
    }
})
