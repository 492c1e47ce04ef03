// Devices that show their token, and commands to them: the example flow actuation-gateway against the stack of the seed's server and
// against ws alone. One run, ratios, never absolute times.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Gateway } from '../test/support/gateway.ts'
import { cpuOf, type Load, load, median, syncTime } from './load.ts'
import { end, firstLine, heap, profiled, run } from './peers.ts'
import { masked, Wire } from './wire.ts'

const [DEVICES, AT_ONCE, ROUNDS, COMMANDS] = [5000, 50, 5, 1000]
/** Devices that are sent commands. */
const COMMANDED = 10

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

const settings = { logging: { console: { level: 'info', metrics: false, audit: false } } }
const gateway = await Gateway.start({ settings, code: heap, env: profiled() })
const operator = { authorization: `Bearer ${await gateway.issuer.token({ sub: 'operator' })}` }
const ours: Peer = {
    devices: gateway.url,
    commands: `${gateway.red.url}/api/actuation/acme`,
    pid: gateway.red.pid,
    close: () => gateway.close(),
}

async function start(which: 'seed' | 'bare'): Promise<Peer> {
    const program = run('bench/gateway-peer.ts', [which, gateway.issuer.pem])
    const port = await firstLine(program)
    return { devices: `ws://127.0.0.1:${port}/`, commands: `http://127.0.0.1:${port}`, pid: program.pid!, close: () => end(program) }
}

/** Connects, and resolves once it was let in. */
async function come(url: string, { id, token }: Device): Promise<Wire> {
    const wire = await Wire.open(url, 'echo-protocol')
    const admitted = new Promise<void>((resolve, reject) =>
        wire.onFrame((bytes, end, start) => {
            const { code, id: command, content } = JSON.parse(bytes.toString('utf8', start, end))
            if (code === 200) resolve()
            else if (code !== 1024) reject(new Error(`${code} ${content}`))
            else wire.socket.write(masked(JSON.stringify({ type: 'answer', id: command, status: 'done', value: 1 })))
        }),
    )
    wire.socket.write(masked(JSON.stringify({ type: 'device', deviceId: id, deviceToken: token, answers: true })))
    await admitted
    return wire
}

async function comeAll({ devices: url }: Peer, devices: readonly Device[]): Promise<Wire[]> {
    const left = devices.values()
    const wires: Wire[] = []
    const client = async () => {
        for (const device of left) wires.push(await come(url, device))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, client))
    return wires
}

async function goAll(wires: readonly Wire[]): Promise<void> {
    for (const { socket } of wires) socket.destroy()
    await sleep(300)
}

/** @returns devices let in per second, and microseconds of CPU that the server takes for each */
async function connects(peer: Peer, devices: readonly Device[]): Promise<{ rate: number; cpu: number }> {
    const [cpu, began] = [cpuOf(peer.pid), performance.now()]
    const wires = await comeAll(peer, devices)
    const took = performance.now() - began
    const used = cpuOf(peer.pid) - cpu
    await goAll(wires)
    return { rate: (devices.length / took) * 1000, cpu: used / devices.length }
}

/** Bytes that the process has in memory, and in its heap, without what can be thrown away. */
async function memory(): Promise<{ resident: number; heap: number }> {
    const inHeap = Number(await (await fetch(`${gateway.red.url}/heap`)).text())
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${ours.pid}/status`, 'utf8'))!
    return { resident: Number(kilobytes) * 1024, heap: inHeap }
}

const command = JSON.stringify({ componentId: 'led', command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] })

/** Commands whose answer is waited for. */
async function roundTrips(peer: Peer, clients: number): Promise<Load> {
    let count = 0
    const ask = () => {
        const url = `${peer.commands}/${devices[count++ % COMMANDED]!.id}?wait=30`
        return { method: 'POST', url, body: command, headers: operator }
    }
    return await load(ask, COMMANDS, clients, peer.pid)
}

const devices = await Promise.all(
    Array.from({ length: DEVICES }, async (_, i) => ({ id: `d${i}`, token: await gateway.issuer.token({ sub: `d${i}` }) })),
)
console.log(`ours: the example flow actuation-gateway on Node-RED
seed: websocket, and a stand-in for jsonwebtoken with a key in PEM (bench/gateway-peer.ts)
bare: ws, with a key that is read once, in memory alone`)
console.log(`writing 4 kB so that a power cut cannot take it takes this disk ${syncTime().toFixed(2)} ms`)

// Before anything else: what was free before would be used again and not counted.
await connects(ours, devices.slice(0, 100))
const before = await memory()
const idle = await comeAll(ours, devices)
await sleep(1000)
const after = await memory()
await goAll(idle)
const each = (what: 'resident' | 'heap') => ((after[what] - before[what]) / DEVICES / 1024).toFixed(1)
console.log(`an idle connection of ${DEVICES} takes ${each('resident')} KB of memory (bound 11), of these ${each('heap')} KB of heap`)

const [seed, bare] = [await start('seed'), await start('bare')]
const peers = { ours, seed, bare }
const results = { ours: [], seed: [], bare: [] } as Record<Name, { rate: number; cpu: number }[]>
for (const peer of Object.values(peers)) await connects(peer, devices.slice(0, DEVICES / ROUNDS))
for (let round = 0; round < ROUNDS; round++) {
    const some = devices.slice((round * DEVICES) / ROUNDS, ((round + 1) * DEVICES) / ROUNDS)
    const order = Object.keys(peers) as Name[]
    for (const name of round % 2 === 0 ? order : order.reverse()) results[name].push(await connects(peers[name], some))
}
const middle = (name: Name, what: 'rate' | 'cpu') => median(results[name].map((one) => one[what]))
const times = (one: Name, other: Name, what: 'rate' | 'cpu') => (middle(one, what) / middle(other, what)).toFixed(2)
for (const name of ['ours', 'seed', 'bare'] as const)
    console.log(`${name}: ${middle(name, 'rate').toFixed(0)} verified connects/s, ${middle(name, 'cpu').toFixed(0)} µs CPU each`)
for (const [name, target] of [
    ['ours', ' (target 2.3)'],
    ['bare', ''],
] as const)
    console.log(`verified connects: ${name} ${times(name, 'seed', 'rate')} x seed${target}, with ${times(name, 'seed', 'cpu')} x its CPU`)

for (const peer of [ours, bare]) await comeAll(peer, devices.slice(0, COMMANDED))
for (const clients of [1, 10]) {
    for (const peer of [ours, bare]) await roundTrips(peer, clients)
    const [mine, theirs] = [await roundTrips(ours, clients), await roundTrips(bare, clients)]
    const show = ({ p50, p99, cpu }: Load) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${cpu.toFixed(0)} µs CPU`
    console.log(`command to answer, ${clients} at a time: ours ${show(mine)}; bare ${show(theirs)}`)
    console.log(
        `command to answer, ${clients} at a time: ${(mine.p50 / theirs.p50).toFixed(2)} x bare at p50, ${(mine.p99 / theirs.p99).toFixed(2)} x at p99`,
    )
}
for (const peer of Object.values(peers)) await peer.close()
process.exit()
