// Messages to many subscribers: channels against Node-RED's own websocket out and against ws alone. One run, ratios, never absolute times.
// What channels tell is written to the disk first; the others keep nothing.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodeRed } from '../test/support/node-red.ts'
import { cpuOf, median, syncTime } from './load.ts'
import { end, firstLine, profiled, run } from './peers.ts'
import { masked, Wire } from './wire.ts'

/** Subscribers, messages a second, and seconds. */
const LOADS = [
    [10, 5000, 2],
    [267, 1500, 2],
    [1000, 300, 2],
] as const
const ROUNDS = 3
/** Subscribers whose latency is measured: reading the messages of all would cost more than sending them. */
const SAMPLES = 10
/** Milliseconds that messages may be under way when no more are sent. */
const LATE = 10_000

interface Peer {
    /** Where subscribers connect. */
    url: string
    /** Has so many messages a second sent for so many seconds. */
    go(rate: number, seconds: number): Promise<unknown>
    pid: number
    close(): Promise<void>
}

interface Result {
    /** Deliveries a second. */
    rate: number
    p50: number
    p99: number
    /** Microseconds of the server's CPU for a delivery. */
    cpu: number
}

type Name = 'ours' | 'core' | 'bare'

/** Sends messages at a steady rate. */
const generate = `
const { rate, seconds } = msg.payload
const began = Date.now()
let n = 0
const timer = setInterval(() => {
    const due = Math.min(Math.floor(((Date.now() - began) / 1000) * rate), rate * seconds)
    for (; n < due; n++) node.send({ payload: { n, at: Date.now(), text: 'x'.repeat(60) } })
    if (n === rate * seconds) clearInterval(timer)
}, 5)`

const chain = (name: string, out: object) => [
    { id: `${name}.go`, z: 'tab', type: 'http in', method: 'post', url: `/go/${name}`, wires: [[`${name}.make`, `${name}.answer`]] },
    { id: `${name}.answer`, z: 'tab', type: 'http response', wires: [] },
    { id: `${name}.make`, z: 'tab', type: 'function', func: generate, outputs: 1, wires: [[`${name}.out`]] },
    { id: `${name}.out`, z: 'tab', wires: [[], []], ...out },
]

const flows = [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'store', type: 'socketworks-store-config', kind: 'file' },
    { id: 'push', type: 'socketworks-device-ws-endpoint', path: '/ours', protocol: 'channels', store: 'store' },
    { id: 'listener', type: 'websocket-listener', path: '/core', wholemsg: 'false' },
    ...chain('ours', { type: 'socketworks-channel-out', store: 'store', channel: 'news', channelType: 'str' }),
    ...chain('core', { type: 'websocket out', server: 'listener', client: '' }),
]

async function startRed(name: 'ours' | 'core'): Promise<Peer> {
    const settings = { logging: { console: { level: 'info', metrics: false, audit: false } } }
    const red = await startNodeRed({ flows, settings, env: profiled() })
    const headers = { 'content-type': 'application/json' }
    return {
        url: `${red.url.replace('http', 'ws')}/${name}`,
        go: (rate, seconds) => fetch(`${red.url}/go/${name}`, { method: 'POST', headers, body: JSON.stringify({ rate, seconds }) }),
        pid: red.pid,
        close: () => red.stop(),
    }
}

async function startBare(): Promise<Peer> {
    const program = run('bench/channels-peer.ts', [])
    const port = await firstLine(program)
    return {
        url: `ws://127.0.0.1:${port}/`,
        go: async (rate, seconds) => void program.stdin!.write(`${JSON.stringify({ rate, seconds })}\n`),
        pid: program.pid!,
        close: () => end(program),
    }
}

async function subscribe(name: Name, { url }: Peer, hear: (bytes: Buffer, end: number, start: number) => void): Promise<Wire> {
    const wire = await Wire.open(url)
    if (name !== 'ours') {
        wire.onFrame(hear)
        return wire
    }
    const ready = new Promise<void>((resolve) => {
        let isReady = false
        wire.onFrame((bytes, end, start) => {
            if (isReady) return hear(bytes, end, start)
            isReady = JSON.parse(bytes.toString('utf8', start, end)).action === 'ready'
            if (isReady) resolve()
        })
    })
    wire.socket.write(masked(JSON.stringify({ action: 'subscribe', channel: 'news' })))
    await ready
    return wire
}

async function measure(name: Name, peer: Peer, [subscribers, rate, seconds]: (typeof LOADS)[number]): Promise<Result> {
    const times: number[] = []
    let deliveries = 0
    let last = 0
    const hear = (isSample: boolean) => (bytes: Buffer, end: number, start: number) => {
        if (isSample) {
            const [, at] = /"at":(\d+)/.exec(bytes.toString('latin1', start, end)) ?? []
            // What tells of messages that were lost is none.
            if (at === undefined) return
            times.push(Date.now() - Number(at))
        }
        deliveries++
        last = performance.now()
    }
    const wires: Wire[] = []
    for (let i = 0; i < subscribers; i++) wires.push(await subscribe(name, peer, hear(i < SAMPLES)))
    const [cpu, began] = [cpuOf(peer.pid), performance.now()]
    await peer.go(rate, seconds)
    const wanted = subscribers * rate * seconds
    while (deliveries < wanted && performance.now() - began < seconds * 1000 + LATE) await sleep(20)
    const used = cpuOf(peer.pid) - cpu
    await Promise.all(
        wires.map(({ socket }) => {
            const gone = once(socket, 'close')
            socket.destroy()
            return gone
        }),
    )
    if (deliveries < wanted) console.log(`${name}: ${wanted - deliveries} of ${wanted} messages did not arrive in time`)
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(share * (times.length - 1))]!
    return { rate: (deliveries / (last - began)) * 1000, p50: at(0.5), p99: at(0.99), cpu: used / deliveries }
}

const peers: Record<Name, Peer> = { ours: await startRed('ours'), core: await startRed('core'), bare: await startBare() }
console.log(`writing 4 kB so that a power cut cannot take it takes this disk ${syncTime().toFixed(2)} ms`)
for (const load of LOADS) {
    const results: Record<Name, Result[]> = { ours: [], core: [], bare: [] }
    for (let round = 0; round < ROUNDS; round++) {
        const order = Object.keys(peers) as Name[]
        for (const name of round % 2 === 0 ? order : order.reverse()) results[name].push(await measure(name, peers[name], load))
    }
    const middle = (name: Name, what: keyof Result) => median(results[name].map((one) => one[what]))
    const [subscribers, rate] = load
    console.log(`${subscribers} subscribers, ${rate} messages/s, which is ${subscribers * rate} deliveries/s`)
    for (const name of ['ours', 'core', 'bare'] as const) {
        const [deliveries, p50, p99, cpu] = (['rate', 'p50', 'p99', 'cpu'] as const).map((what) => middle(name, what))
        console.log(`  ${name}: ${deliveries!.toFixed(0)} deliveries/s, p50 ${p50} ms, p99 ${p99} ms, ${cpu!.toFixed(2)} µs CPU a delivery`)
    }
    const times = (what: keyof Result, other: Name) => (middle('ours', what) / middle(other, what)).toFixed(2)
    // So few do not bring core to its limit.
    const target = subscribers > 10 ? ' (target 2)' : ''
    console.log(
        `  ours: ${times('rate', 'core')} x core${target}, ${times('rate', 'bare')} x bare; CPU ${times('cpu', 'core')} x core, ${times('cpu', 'bare')} x bare`,
    )
}
for (const peer of Object.values(peers)) await peer.close()
process.exit()
