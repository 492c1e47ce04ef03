// Devices that show their token, and commands to them: the example flow actuation-gateway against the stack of the seed's server and
// against ws alone. One run, ratios, never absolute times. `memory`, `verify`, `connects` or `commands` as arguments run only these.

import type { ChildProcess } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/lib/index.ts'
import { checkJwt } from '../src/ws/jwt.ts'
import { Gateway } from '../test/support/gateway.ts'
import { verify } from './jsonwebtoken.ts'
import { cpuOf, type Load, load, mainThreadOf, median, syncTime } from './load.ts'
import { bare as bareFlow, end, firstLine, heap, profiled, run } from './peers.ts'

const [DEVICES, ROUNDS, COMMANDS] = [5000, 5, 500]
/** Processes of devices: one alone is not fast enough for the fastest server. */
const CLIENTS = 2
/** Devices that are sent commands. */
const COMMANDED = 10
/** Milliseconds that a server has to tidy up after connections that have ended. */
const REST = 500

interface Peer {
    /** Where devices connect. */
    devices: string
    /** Where commands are posted, but for the device. */
    commands: string
    pid: number
    close(): Promise<void>
}

type Name = 'ours' | 'seed' | 'bare'

interface Device {
    id: string
    token: string
}

/** What it takes a server to let a device in: microseconds of CPU of its main thread and of all, and devices per second. */
interface Connects {
    rate: number
    main: number
    cpu: number
    /** How much of the time the main thread was busy, or was ready to be. */
    busy: number
}

/** A program that takes jobs as lines and answers each by a line. */
class Program {
    readonly child: ChildProcess
    readonly #lines: AsyncIterator<string>

    constructor(file: string, args: string[] = []) {
        this.child = run(file, args)
        this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]()
    }

    ask(job: object): Promise<string> {
        this.child.stdin!.write(`${JSON.stringify(job)}\n`)
        return this.hear()
    }

    async hear(): Promise<string> {
        const { value, done } = await this.#lines.next()
        if (done) throw new Error('a program has ended')
        return value
    }
}

const parts = process.argv.slice(2)
const isWanted = (part: string) => parts.length === 0 || parts.includes(part)
const settings = { logging: { console: { level: 'info', metrics: false, audit: false } } }
const gateway = await Gateway.start({ settings, code: heap, env: profiled() }, bareFlow)
const operator = { authorization: `Bearer ${await gateway.issuer.token({ sub: 'operator' })}` }
const ours: Peer = {
    devices: gateway.url,
    commands: `${gateway.red.url}/api/actuation/acme`,
    pid: gateway.red.pid,
    close: () => gateway.close(),
}
const clients = Array.from({ length: CLIENTS }, () => new Program('bench/gateway-clients.ts'))
const devices = await Promise.all(
    Array.from({ length: DEVICES }, async (_, i) => ({ id: `d${i}`, token: await gateway.issuer.token({ sub: `d${i}` }) })),
)

async function start(which: 'seed' | 'bare'): Promise<Peer> {
    const program = run('bench/gateway-peer.ts', [which, gateway.issuer.pem])
    const port = await firstLine(program)
    return { devices: `ws://127.0.0.1:${port}/`, commands: `http://127.0.0.1:${port}`, pid: program.pid!, close: () => end(program) }
}

/** The devices of a round. */
const part = (round: number) => devices.slice((round * DEVICES) / ROUNDS, ((round + 1) * DEVICES) / ROUNDS)

const comeAll = (url: string, some: readonly Device[]) =>
    Promise.all(clients.map((client, i) => client.ask({ url, devices: some.filter((_, j) => j % CLIENTS === i) })))

async function goAll(): Promise<void> {
    await Promise.all(clients.map((client) => client.ask({})))
    await sleep(REST)
}

async function connects({ devices: url, pid }: Peer, some: readonly Device[]): Promise<Connects> {
    const [cpu, main, began] = [cpuOf(pid), mainThreadOf(pid), performance.now()]
    await comeAll(url, some)
    const took = performance.now() - began
    const [cpuNow, mainNow] = [cpuOf(pid), mainThreadOf(pid)]
    const used = mainNow.cpu - main.cpu
    return {
        rate: (some.length / took) * 1000,
        main: used / some.length,
        cpu: (cpuNow - cpu) / some.length,
        busy: (used + mainNow.waited - main.waited) / 1000 / took,
    }
}

/** Bytes that the process has in memory, and in its heap, without what can be thrown away. */
async function memory(): Promise<{ resident: number; heap: number }> {
    const inHeap = Number(await (await fetch(`${gateway.red.url}/heap`)).text())
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${ours.pid}/status`, 'utf8'))!
    return { resident: Number(kilobytes) * 1024, heap: inHeap }
}

async function measureMemory(): Promise<void> {
    // Before anything else: what was free before would be used again and not counted.
    await connects(ours, devices.slice(0, 100))
    await goAll()
    const before = await memory()
    const first = await connects(ours, devices)
    await sleep(1000)
    const after = await memory()
    await goAll()
    const each = (what: 'resident' | 'heap') => ((after[what] - before[what]) / DEVICES / 1024).toFixed(1)
    console.log(`an idle connection of ${DEVICES} takes ${each('resident')} KB of memory (bound 11), of these ${each('heap')} KB of heap`)
    console.log(`ours, devices that never came before, which is written down: ${shown(first)}`)
}

const shown = ({ rate, main, cpu, busy }: Connects) =>
    `${rate.toFixed(0)} verified connects/s with ${(busy * 100).toFixed(0)} % of a core, ${main.toFixed(0)} µs of it each (${cpu.toFixed(0)} µs with all threads)`

async function measureConnects(): Promise<void> {
    const peers = { ours, seed: await start('seed'), bare: await start('bare') }
    const results = { ours: [], seed: [], bare: [] } as Record<Name, Connects[]>
    const names = Object.keys(peers) as Name[]
    const once = async (name: Name, round: number) => {
        const result = await connects(peers[name], part(round))
        await goAll()
        return result
    }
    for (const name of names) for (let round = 0; round < 3; round++) await once(name, round)
    for (let round = 0; round < ROUNDS; round++)
        for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await once(name, round))
    const middle = (name: Name, what: keyof Connects) => median(results[name].map((one) => one[what]))
    const times = (one: Name, what: keyof Connects) => (middle(one, what) / middle('seed', what)).toFixed(2)
    for (const name of names) {
        const each = (what: keyof Connects) => middle(name, what)
        console.log(`${name}: ${shown({ rate: each('rate'), main: each('main'), cpu: each('cpu'), busy: each('busy') })}`)
    }
    for (const name of ['ours', 'bare'] as const)
        console.log(
            `verified connects: ${name} ${times(name, 'rate')} x seed${name === 'ours' ? ' (target 2.3)' : ''}, with ${times(name, 'main')} x its CPU, ${times(name, 'cpu')} x with all threads`,
        )
    for (const name of ['seed', 'bare'] as const) await peers[name].close()
}

/** Verifications a second of this process. */
function verifications(some: readonly Device[], check: (token: string) => unknown): number {
    const began = performance.now()
    for (const { token } of some) check(token)
    return (some.length * 1000) / (performance.now() - began)
}

function measureVerify(): void {
    const { pem } = gateway.issuer
    const check = checkJwt({ key: { pem }, issuer: '', audience: '', accountClaim: 'accounts.0.id', lasting: false, clock: systemClock })
    const key = createPublicKey(pem)
    const results: [first: number, again: number, theirs: number, readOnce: number][] = []
    for (let round = 0; round < ROUNDS; round++) {
        const some = part(round)
        const [first, again] = [verifications(some, check), verifications(some, check)]
        const [theirs, readOnce] = [pem, key].map((one) => verifications(some, (token) => verify(token, one)))
        results.push([first, again, theirs!, readOnce!])
    }
    const [first, again, theirs, readOnce] = [0, 1, 2, 3].map((which) => median(results.map((result) => result[which]!)))
    const told = (rate = 0) => `${rate.toFixed(0)}/s, ${(rate / theirs!).toFixed(1)} x jsonwebtoken with a PEM string`
    console.log(`RS256: ours, tokens that come for the first time ${told(first)} (target 3.5)`)
    console.log(`  tokens that were shown before ${told(again)}`)
    console.log(`  jsonwebtoken with a key that is read once ${told(readOnce)}`)
}

const command = JSON.stringify({ componentId: 'led', command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] })

/** Commands whose answer is waited for. */
async function roundTrips(peer: Peer, atOnce: number): Promise<Load> {
    let count = 0
    const ask = () => {
        const url = `${peer.commands}/${devices[count++ % COMMANDED]!.id}?wait=30`
        return { method: 'POST', url, body: command, headers: operator }
    }
    return await load(ask, COMMANDS, atOnce, peer.pid)
}

const times = ({ p50, p99, cpu }: Pick<Load, 'p50' | 'p99' | 'cpu'>) =>
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${cpu.toFixed(0)} µs CPU`

async function measureCommands(): Promise<void> {
    const bare = await start('bare')
    const core = new Program('bench/gateway-core.ts', [join(mkdtempSync(join(tmpdir(), 'socketworks-bench-')), 'store.sqlite')])
    const some = devices.slice(0, COMMANDED)
    for (const url of [ours.devices, bare.devices, `ws://127.0.0.1:${await core.hear()}/`]) await comeAll(url, some)
    for (const atOnce of [1, 10, 50]) {
        const inCore = { total: COMMANDS, atOnce, devices: some.map(({ id }) => id) }
        for (const peer of [ours, bare]) await roundTrips(peer, atOnce)
        await core.ask(inCore)
        const [mine, theirs] = [await roundTrips(ours, atOnce), await roundTrips(bare, atOnce)]
        const alone = JSON.parse(await core.ask(inCore)) as Load
        const http = await load({ method: 'POST', url: `${gateway.red.url}/bare`, body: command }, COMMANDS, atOnce, ours.pid)
        console.log(`command to answer, ${atOnce} at a time: ours ${times(mine)}; bare ${times(theirs)}`)
        console.log(`  ${(mine.p50 / theirs.p50).toFixed(2)} x bare at p50, ${(mine.p99 / theirs.p99).toFixed(2)} x at p99`)
        console.log(
            `  without Node-RED and HTTP: ${times(alone)} (target 100); a flow of *http in* and *http response* alone: ${times(http)}`,
        )
    }
    await goAll()
    await bare.close()
    await end(core.child)
}

console.log(`ours: the example flow actuation-gateway on Node-RED
seed: websocket, and a stand-in for jsonwebtoken with a key in PEM (bench/gateway-peer.ts)
bare: ws, with a key that is read once, in memory alone`)
console.log(`writing 4 kB so that a power cut cannot take it takes this disk ${syncTime().toFixed(2)} ms`)
if (isWanted('memory')) await measureMemory()
if (isWanted('verify')) measureVerify()
if (isWanted('connects')) await measureConnects()
if (isWanted('commands')) await measureCommands()
await ours.close()
for (const { child } of clients) await end(child)
process.exit()
