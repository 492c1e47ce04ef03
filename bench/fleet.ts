// Devices that each send their next update once the last was acknowledged, and viewers that are shown all of them: our observer, Node-RED's
// own nodes with a row written for each message, and a bare program as the limit. One run, ratios, never absolute times.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startNodeRed } from '../test/support/node-red.ts'
import { example } from '../test/support/service.ts'
import { cpuOf, median } from './load.ts'
import { masked, Wire } from './wire.ts'

const [DEVICES, WARM_UP, SECONDS, ROUNDS] = [267, 1, 3, 5]
/** As people run it. */
const settings = { logging: { console: { level: 'info', metrics: false, audit: false } } }

interface Peer {
    name: string
    url: string
    pid: number
    close(): Promise<void>
}

interface Result {
    /** Acknowledged updates a second. */
    rate: number
    /** Frames that reached viewers, a second. */
    shown: number
    /** Milliseconds to the acknowledgement. */
    p99: number
    /** Microseconds of CPU that the server took for each. */
    cpu: number
}

/** Our own, but for the log of every message, which the others do not write either. */
async function observer(): Promise<Peer> {
    const flows = (await example('fleet-observer')) as { id: string; wires?: string[][]; rate?: string }[]
    for (const node of flows) if (node.wires) node.wires = node.wires.map((ids) => ids.filter((id) => !id.endsWith('.log.text')))
    // These devices send as fast as they are answered.
    for (const node of flows) if (node.rate) node.rate = '0'
    const red = await startNodeRed({ flows, settings })
    return { name: 'observer', url: red.url, pid: red.pid, close: () => red.stop() }
}

const write = `
const db = context.get('db') ?? (() => {
    const made = new (global.get('sqlite').DatabaseSync)(env.get('CORE_DB'))
    made.exec('pragma journal_mode=wal; pragma synchronous=full; create table devices (serial text primary key, state text)')
    context.set('db', made)
    context.set('put', made.prepare('insert into devices values (?, ?) on conflict (serial) do update set state = excluded.state'))
    return made
})()
const frame = JSON.parse(msg.payload)
const [id, serial] = frame.message.split(':', 2)
context.get('put').run(serial, frame.message.slice(10))
return [{ ...msg, payload: JSON.stringify({ type: 'INFO', message: id + ':' + serial + ':OK' }) }, { payload: msg.payload }]`

async function core(): Promise<Peer> {
    const listener = (id: string, path: string) => ({ id, type: 'websocket-listener', path, wholemsg: 'false' })
    const flows = [
        { id: 'tab', type: 'tab', label: 'core' },
        listener('devices', '/update/'),
        listener('viewers', '/client/'),
        { id: 'in', z: 'tab', type: 'websocket in', server: 'devices', client: '', x: 1, y: 1, wires: [['write']] },
        {
            id: 'write',
            z: 'tab',
            type: 'function',
            func: write,
            outputs: 2,
            x: 1,
            y: 1,
            wires: [['out'], ['show']],
        },
        { id: 'out', z: 'tab', type: 'websocket out', server: 'devices', client: '', x: 1, y: 1, wires: [] },
        { id: 'show', z: 'tab', type: 'websocket out', server: 'viewers', client: '', x: 1, y: 1, wires: [] },
    ]
    const code = "module.exports.functionGlobalContext = { sqlite: require('node:sqlite') }"
    const folder = await mkdtemp(join(tmpdir(), 'socketworks-core-'))
    const red = await startNodeRed({ flows, settings, code, env: { CORE_DB: join(folder, 'core.sqlite') } })
    const close = async () => {
        await red.stop()
        await rm(folder, { recursive: true })
    }
    return { name: 'core', url: red.url, pid: red.pid, close }
}

async function bare(): Promise<Peer> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('bare-fleet.ts', import.meta.url))], {
        stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(child.stdout, 'data')
    async function close(): Promise<void> {
        child.kill()
        await once(child, 'exit')
    }
    return { name: 'bare ws', url: `http://127.0.0.1:${Number(port)}`, pid: child.pid!, close }
}

/** A viewer's frames are counted at the first of them; the others are sent the same, and only have to take it. */
function watch(wires: Wire[]): { frames: number } {
    const seen = { frames: 0 }
    wires[0]!.onFrame(() => seen.frames++)
    for (const { socket } of wires.slice(1)) socket.resume()
    return seen
}

/** Sends updates, each once the last was acknowledged. @returns how to stop it */
function drive(device: Wire, serial: string, took: (milliseconds: number) => void): () => void {
    let running = true
    let count = 0
    let sent = 0
    const next = () => {
        sent = performance.now()
        const id = String(count++ % 10_000).padStart(4, '0')
        device.socket.write(masked(JSON.stringify({ type: 'UPDT', message: `${id}:${serial}:{"power_consumption":${count}}` })))
    }
    device.onFrame((bytes, end) => {
        if (bytes.toString('latin1', end - 5, end) !== ':OK"}') return
        took(performance.now() - sent)
        if (running) next()
    })
    next()
    return () => {
        running = false
    }
}

async function measure({ url, pid }: Peer, viewers: number): Promise<Result> {
    const ws = url.replace('http', 'ws')
    const open = (count: number, path: string) => Promise.all(Array.from({ length: count }, () => Wire.open(`${ws}${path}`)))
    const screens = await open(viewers, '/client/')
    const seen = watch(screens)
    const fleet = await open(DEVICES, '/update/')
    const times: number[] = []
    const stops = fleet.map((device, n) => drive(device, String(n).padStart(4, '0'), (time) => times.push(time)))
    const after = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    // While they connect and are taken in, everybody waits for everybody.
    await after(WARM_UP)
    times.length = 0
    seen.frames = 0
    const cpu = cpuOf(pid)
    await after(SECONDS)
    const result = {
        rate: times.length / SECONDS,
        cpu: (cpuOf(pid) - cpu) / times.length,
        shown: (seen.frames * viewers) / SECONDS,
        p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0,
    }
    for (const stop of stops) stop()
    for (const { socket } of [...fleet, ...screens]) socket.destroy()
    return result
}

console.log(`observer: the example flow fleet-observer on Node-RED, with history, but for the log of every message
core: websocket in, a function that writes a row of SQLite, and websocket out on Node-RED
bare ws: a program of 50 lines that does no more (bench/bare-fleet.ts)
${DEVICES} devices, each of which sends once it was answered; answers come once they are durable`)
const peers = [await observer(), await core(), await bare()]
for (const viewers of [10, 100]) {
    const results = new Map<string, Result[]>(peers.map(({ name }) => [name, []]))
    for (let round = 0; round < ROUNDS; round++) for (const peer of peers) results.get(peer.name)!.push(await measure(peer, viewers))
    const middle = (name: string, what: keyof Result) => median(results.get(name)!.map((result) => result[what]))
    for (const { name } of peers)
        console.log(
            `${viewers} viewers  ${name.padEnd(9)} ${middle(name, 'rate').toFixed(0).padStart(7)} upd/s  ack p99 ${middle(name, 'p99').toFixed(0).padStart(5)} ms  ${middle(name, 'shown').toFixed(0).padStart(8)} frames/s  ${middle(name, 'cpu').toFixed(0).padStart(4)} µs CPU`,
        )
    const ratio = (peer: string) => (middle('observer', 'rate') / middle(peer, 'rate')).toFixed(2)
    console.log(`${viewers} viewers: ${ratio('core')} x core nodes with SQLite, ${ratio('bare ws')} x the bare program`)
}
for (const peer of peers) await peer.close()
