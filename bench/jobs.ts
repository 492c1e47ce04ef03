// Jobs that are due in the same second: src/jobs against BullMQ on Redis, pg-boss on PostgreSQL and node-red-contrib-cron-plus, and what a
// hundred thousand cost that wait. One run, ratios, never absolute times. Needs redis-server; installs the peers into a temporary folder.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from '../scripts/free-port.ts'
import { startPostgres } from '../scripts/postgres.ts'
import { startNodeRed } from '../test/support/node-red.ts'
import { emptyDatabase } from '../test/support/postgres.ts'
import { median, syncTime } from './load.ts'
import { end } from './peers.ts'

const [JOBS, MANY, CRONS, ROUNDS] = [10_000, 100_000, 1000, 5]
/** Milliseconds between the beginning of adding and the time when the first is due; doubled for whoever needs more. */
const AHEAD: Record<string, number> = { ours: 4000, bullmq: 4000, 'pg-boss': 4000 }
const LONGEST_AHEAD = 64_000
const versions = { bullmq: '6.7.0', ioredis: '6.0.0', 'pg-boss': '12.38.0', 'node-red-contrib-cron-plus': '1.5.7' }

/** Milliseconds; of CPU microseconds for each job, of the process that runs the jobs alone. */
interface Result {
    add: number
    p50: number
    p99: number
    cpu: number
}
type Name = 'ours' | 'bullmq' | 'pg-boss'

const root = mkdtempSync(join(tmpdir(), 'socketworks-jobs-'))
const peers = pathToFileURL(join(root, 'peers.mjs')).href

function install(): void {
    writeFileSync(join(root, 'package.json'), '{"private":true}')
    writeFileSync(join(root, 'peers.mjs'), "export * as bullmq from 'bullmq'\nexport * as boss from 'pg-boss'\n")
    const named = Object.entries(versions).map(([name, version]) => `${name}@${version}`)
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', ...named], {
        cwd: root,
        stdio: 'inherit',
    })
    if (status !== 0) throw new Error('the peers cannot be installed: is there a way to the registry?')
}

/** Keeps what it is told as its makers advise: a log that is synced every second. */
async function startRedis(): Promise<{ url: string; program: ChildProcess }> {
    const port = await freePort()
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', root, '--save', '', '--appendonly', 'yes']
    const program = spawn('redis-server', options, { stdio: 'ignore' })
    process.once('exit', () => program.kill())
    program.once('error', () => {
        throw new Error('redis-server is not to be found: install it, by apt for instance')
    })
    const isUp = () =>
        new Promise<boolean>((resolve) => {
            const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
            socket.on('connect', () => socket.destroy())
        })
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 50))
    return { url: `redis://127.0.0.1:${port}`, program }
}

async function run<T>(...args: (string | number)[]): Promise<T> {
    const file = new URL('jobs-peer.ts', import.meta.url).pathname
    const env = { ...process.env, NODE_NO_WARNINGS: '1' }
    const program = spawn(process.execPath, ['--expose-gc', file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'], env })
    let said = ''
    program.stdout!.setEncoding('utf8').on('data', (text: string) => {
        said += text
    })
    const [code] = await once(program, 'close')
    if (code !== 0) throw new Error(`${args[0]} ended with ${code}`)
    return JSON.parse(said.trim().split('\n').at(-1)!)
}

let files = 0
const newFile = () => join(root, `${files++}.sqlite`)

/** @param within milliseconds over which the jobs are spread */
async function measure(name: Name, redis: string, count: number, within: number): Promise<Result> {
    const where = name === 'ours' ? newFile() : name === 'bullmq' ? redis : await emptyDatabase()
    const ahead = (AHEAD[name]! * count) / JOBS
    const result = await run<Result | { isLate: true }>(name, where, peers, count, within, ahead)
    if (!('isLate' in result)) return result
    if (ahead > LONGEST_AHEAD) throw new Error(`${name} cannot add ${count} jobs within ${ahead} ms`)
    AHEAD[name]! *= 2
    return await measure(name, redis, count, within)
}

/** Adds jobs by messages, and lists how late each was. */
const cronFlow = (count: number) => [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'in', z: 'tab', type: 'http in', method: 'post', url: '/add', wires: [['make']] },
    {
        id: 'make',
        z: 'tab',
        type: 'function',
        func: `const first = Math.ceil(Date.now() / 1000) * 1000 + msg.payload.ahead
            flow.set('first', first); flow.set('late', []); flow.set('began', Date.now())
            msg.topic = ''
            msg.payload = Array.from({ length: ${count} }, (_, i) => ({ command: 'add', name: 's' + i, expression: new Date(first),
                expressionType: 'dates', payloadType: 'date', limit: 1 }))
            node.send(msg)
            // After all of them: they are added in one go.
            setTimeout(() => flow.set('add', Date.now() - flow.get('began')), 1)`,
        wires: [['cron']],
    },
    {
        ...{ id: 'cron', z: 'tab', type: 'cronplus', outputField: 'payload', persistDynamic: true, commandResponseMsgOutput: 'output2' },
        ...{ outputs: 2, options: [], wires: [['note'], []] },
    },
    { id: 'note', z: 'tab', type: 'function', func: `flow.get('late').push(Date.now() - flow.get('first'))`, wires: [[]] },
    { id: 'bench.get', z: 'tab', type: 'http in', method: 'get', url: '/late', wires: [['tell']] },
    {
        ...{ id: 'tell', z: 'tab', type: 'function', wires: [['out']] },
        func: `msg.payload = { late: flow.get('late'), add: flow.get('add') }; return msg`,
    },
    { id: 'out', z: 'tab', type: 'http response', wires: [] },
]

/** @param ahead milliseconds until they are due @returns undefined if not all have run: they were due before all were added */
async function cronPlus(ahead: number): Promise<Result | undefined> {
    const userDir = mkdtempSync(join(root, 'red-'))
    mkdirSync(join(userDir, 'node_modules'))
    symlinkSync(join(root, 'node_modules/node-red-contrib-cron-plus'), join(userDir, 'node_modules/node-red-contrib-cron-plus'))
    const settings = { logging: { console: { level: 'info' } } }
    const red = await startNodeRed({ userDir, flows: cronFlow(CRONS), settings })
    const headers = { 'content-type': 'application/json' }
    void fetch(`${red.url}/add`, { method: 'POST', headers, body: JSON.stringify({ ahead }) }).catch(() => {})
    for (let left = ahead + 20_000; left > 0; left -= 500) {
        await new Promise((resolve) => setTimeout(resolve, 500))
        const { late, add } = (await (await fetch(`${red.url}/late`)).json()) as { late?: number[]; add: number }
        if (late?.length !== CRONS) continue
        await red.stop()
        late.sort((a, b) => a - b)
        return { add, p50: late[Math.floor(CRONS / 2)]!, p99: late[Math.floor(CRONS * 0.99)]!, cpu: Number.NaN }
    }
    await red.stop()
    return undefined
}

const show = (name: string, { add, p50, p99, cpu }: Result) =>
    console.log(
        `${name}: added in ${add.toFixed(0)} ms; late by ${p50.toFixed(1)} ms p50, ${p99.toFixed(1)} ms p99${cpu ? `; ${cpu.toFixed(0)} µs CPU each` : ''}`,
    )

/** Each in turn, to and fro, so that what the machine does meanwhile befalls all. */
async function compare(redis: string, within: number): Promise<void> {
    const order: Name[] = ['ours', 'bullmq', 'pg-boss']
    const results: Record<Name, Result[]> = { ours: [], bullmq: [], 'pg-boss': [] }
    console.log(`${JOBS} jobs, due ${within > 0 ? 'within one second' : 'at the same moment'}; ${busyness()}`)
    for (let round = 0; round < ROUNDS; round++)
        for (const name of round % 2 === 0 ? order : order.toReversed()) results[name].push(await measure(name, redis, JOBS, within))
    const middle = (name: Name, what: keyof Result) => median(results[name].map((one) => one[what]))
    const medians = (name: Name) => ({
        add: middle(name, 'add'),
        p50: middle(name, 'p50'),
        p99: middle(name, 'p99'),
        cpu: middle(name, 'cpu'),
    })
    const all = { ours: medians('ours'), bullmq: medians('bullmq'), 'pg-boss': medians('pg-boss') }
    for (const name of order) show(name, all[name])
    // Of each round by itself: what else the machine does changes from one to the next.
    const ratios = (upper: Name, lower: Name, what: keyof Result, digits: number) => {
        const sorted = results[upper].map((one, i) => one[what] / results[lower][i]![what]).sort((a, b) => a - b)
        return `${median(sorted).toFixed(digits)} (${sorted[0]!.toFixed(digits)} to ${sorted.at(-1)!.toFixed(digits)})`
    }
    console.log(
        `lateness p99: BullMQ's is ${ratios('bullmq', 'ours', 'p99', 0)} times ours (target 40), pg-boss's ${ratios('pg-boss', 'ours', 'p99', 0)}`,
    )
    console.log(
        `adding: ${ratios('ours', 'pg-boss', 'add', 2)} x pg-boss (target 0.6), ${ratios('ours', 'bullmq', 'add', 2)} x BullMQ; ${busyness()}`,
    )
}

/** Lateness is that of whoever else wants the processors, where they are busy. */
const busyness = () => `${loadavg()[0]!.toFixed(1)} programs want ${availableParallelism()} processors`

async function waiting(): Promise<void> {
    const [none, many] = [newFile(), newFile()]
    await run('fill', none, peers, 0)
    await run('fill', many, peers, MANY)
    const starts: Record<'none' | 'many', { took: number; heap: number }[]> = { none: [], many: [] }
    for (let round = 0; round < ROUNDS; round++) {
        starts.none.push(await run('start', none, peers))
        starts.many.push(await run('start', many, peers))
    }
    const middle = (which: 'none' | 'many', what: 'took' | 'heap') => median(starts[which].map((one) => one[what]))
    const each = (middle('many', 'heap') - middle('none', 'heap')) / MANY
    console.log(
        `${MANY} that wait: the first job goes out ${middle('many', 'took').toFixed(0)} ms after the start, with none ${middle('none', 'took').toFixed(0)} ms; ${each.toFixed(1)} bytes of heap each (bound 300)`,
    )
}

console.log(`ours: src/jobs on a file; bullmq ${versions.bullmq} on Redis, which syncs every second; pg-boss ${versions['pg-boss']} on a PostgreSQL that
syncs each commit, as ours does; cron-plus ${versions['node-red-contrib-cron-plus']} in Node-RED. Writing 4 kB so that a power cut cannot take it takes this disk ${syncTime().toFixed(2)} ms.`)
install()
const redis = await startRedis()
const postgres = await startPostgres(true)
process.env.SOCKETWORKS_TEST_POSTGRES = postgres.url
try {
    await compare(redis.url, 1000)
    await compare(redis.url, 0)
    const cron = (await cronPlus(8000)) ?? (await cronPlus(32_000))
    if (cron) show(`cron-plus, only ${CRONS}, at the same moment`, cron)
    else console.log(`cron-plus: of ${CRONS} not all have run`)
    show(`ours, ${MANY} within one second (target p99 60; ${busyness()})`, await measure('ours', '', MANY, 1000))
    await waiting()
} finally {
    await end(redis.program)
    await postgres.stop()
    rmSync(root, { recursive: true, force: true })
}
process.exit()
