// The smart-socket service against what the service of the seeds does, and against bare flows of Node-RED's own nodes, in one run: ratios,
// never absolute times. Needs Mosquitto.
import { startMosquitto } from '../test/support/mosquitto.ts'
import { type Ask, type Load, load, median, syncTime } from './load.ts'
import { ours, type Peer, same, seed } from './peers.ts'

const [ROUNDS, STARTS, RUNNING, READS] = [5, 400, 1000, 3000]
const SWITCHES = 20
/** Milliseconds after a deploy in which we still hear our own commands, as those that a broker retains are looked for. */
const SETTLED = 3000
const only = process.argv[2]

type Results = Map<string, Load[]>
const results: Results = new Map()
const put = (name: string, result: Load) => void results.set(name, [...(results.get(name) ?? []), result])

const start = ({ url }: Peer): Ask => ({ method: 'POST', url: `${url}/api/instance`, body: '{}' })
const get = (url: string): Ask => ({ method: 'GET', url })
const stopOf = ({ url }: Peer, id: string): Ask => ({ method: 'PUT', url: `${url}/api/instance/${id}`, body: '{}' })

async function begin(peer: Peer): Promise<string> {
    const { method, url, body } = start(peer)
    const response = await fetch(url, { method, body: body!, headers: { 'content-type': 'application/json' } })
    return ((await response.json()) as { instance: { id: string } }).instance.id
}

async function running({ url }: Peer): Promise<string[]> {
    return ((await (await fetch(`${url}/api/server/status`)).json()) as { runningInstances: string[] }).runningInstances
}

/** On processes that have just begun, as after a deploy: starts, stops, and what is read while many run. */
async function throughput(name: string, make: (mqtt: number) => Promise<Peer>, mqtt: number): Promise<void> {
    for (const clients of [1, 10]) {
        const peer = await make(mqtt)
        await begin(peer)
        put(`${name} start c=${clients}`, await load(start(peer), STARTS, clients, peer.pid))
        if (clients === 10) await stopsAndReads(name, peer)
        await peer.close()
    }
}

async function stopsAndReads(name: string, peer: Peer): Promise<void> {
    const ids = (await running(peer)).slice(-STARTS)
    put(`${name} stop c=10`, await load(() => stopOf(peer, ids.pop()!), ids.length, 10, peer.pid))
    await load(start(peer), RUNNING, 10, peer.pid)
    put(`${name} status`, await load(get(`${peer.url}/api/server/status`), READS, 10, peer.pid))
    if (name !== 'ours') return
    put('bare GET', await load(get(`${peer.url}/bare`), READS, 10, peer.pid))
    put('bare POST', await load({ method: 'POST', url: `${peer.url}/bare`, body: '{}' }, READS, 10, peer.pid))
    put('ours start warm', await load(start(peer), READS, 10, peer.pid))
}

/** Starts and stops that switch, one after the other. */
async function switching(name: string, peer: Peer): Promise<void> {
    let last = ''
    const began = async () => {
        last = await begin(peer)
    }
    for (const [what, run] of [
        ['start', began],
        ['stop', () => fetch(stopOf(peer, last).url, { method: 'PUT' })],
    ] as const) {
        const from = performance.now()
        await run()
        const took = performance.now() - from
        put(`${name} switching ${what}`, { rate: 1000 / took, p50: took, p99: took, cpu: 0 })
    }
}

const heapOf = async ({ url }: Peer) => Number(await (await fetch(`${url}/heap`)).text())

/** Bytes of heap for each of many instances that run. */
async function memory(mqtt: number): Promise<void> {
    const peer = await ours(mqtt)
    await begin(peer)
    const rate = async () => {
        const rates: number[] = []
        for (let i = 0; i < ROUNDS; i++) rates.push((await load(start(peer), 600, 10, peer.pid)).rate)
        return median(rates)
    }
    await load(start(peer), 2000, 10, peer.pid)
    const few = await rate()
    const before = await heapOf(peer)
    await load(start(peer), 10_000, 10, peer.pid)
    const bytes = (await heapOf(peer)) - before
    const many = await rate()
    await peer.close()
    console.log(`a live instance takes ${(bytes / 10_000).toFixed(0)} bytes of heap (target 2000)`)
    console.log(`start with 15 000 live instances: ${(many / few).toFixed(2)} x the rate with 2000 (target 0.9)`)
}

const middle = (name: string, what: keyof Load) => median(results.get(name)!.map((one) => one[what]))
const show = () => {
    for (const name of [...results.keys()].sort())
        console.log(
            name.padEnd(32),
            `${middle(name, 'rate').toFixed(0)}/s`.padStart(9),
            `p50 ${middle(name, 'p50').toFixed(1)} ms`,
            `p99 ${middle(name, 'p99').toFixed(1)} ms`,
            `${middle(name, 'cpu').toFixed(0)} µs CPU`,
        )
}
function ratioOf(one: string, other: string): string {
    const times = (what: keyof Load) => (middle(one, what) / middle(other, what)).toFixed(2)
    return `${times('rate')} x ${other}, with ${times('cpu')} x its CPU`
}
const ratio = (one: string, other: string, target: number) => console.log(`${one}: ${ratioOf(one, other)} (target ${target})`)

console.log(`ours: the example flow smart-socket-service on Node-RED, whose answers come once they are durable
seed: what the service of the seeds does (bench/seed-service.ts), in memory alone
bare: http in, change and http response on the same Node-RED as ours
same: the same on a Node-RED of its own, with answers as long as ours`)
console.log(`writing 4 kB so that a power cut cannot take it takes this disk ${syncTime().toFixed(2)} ms`)
if (!only || only === 'switching')
    for (const further of [[], ['set_tcp_nodelay true']]) {
        const mosquitto = await startMosquitto(undefined, further)
        const other = await startMosquitto(undefined, further)
        const peers = { ours: await ours(mosquitto.port), seed: await seed(other.port) }
        await new Promise((resolve) => setTimeout(resolve, SETTLED))
        for (let i = 0; i < SWITCHES; i++) for (const [name, peer] of Object.entries(peers)) await switching(name, peer)
        for (const peer of Object.values(peers)) await peer.close()
        await mosquitto.close()
        await other.close()
        const p50 = (name: string) =>
            `${middle(`${name} switching start`, 'p50').toFixed(1)} and ${middle(`${name} switching stop`, 'p50').toFixed(1)} ms`
        console.log(
            `Mosquitto ${further[0] ?? 'as it comes'}: a start and a stop that switch take ${p50('ours')} (targets 10 and 5); seed ${p50('seed')}`,
        )
        results.clear()
    }
if (only === 'switching') process.exit()

const mosquitto = await startMosquitto(undefined, ['set_tcp_nodelay true'])
for (let round = 0; round < ROUNDS; round++)
    for (const [name, make] of Object.entries(round % 2 === 0 ? { ours, seed, same } : { same, seed, ours }))
        await throughput(name, make, mosquitto.port)
show()
ratio('ours start c=1', 'seed start c=1', 1)
ratio('ours start c=10', 'seed start c=10', 1.6)
ratio('ours stop c=10', 'seed stop c=10', 1)
ratio('ours status', 'bare GET', 0.8)
ratio('ours start warm', 'bare POST', 0.8)
console.log('what Node-RED itself leaves of it:')
for (const work of ['start c=1', 'start c=10', 'stop c=10', 'status']) {
    const than = work === 'status' ? 'bare GET' : `seed ${work}`
    console.log(`same ${work}: ${ratioOf(`same ${work}`, than)}; ours ${work}: ${ratioOf(`ours ${work}`, `same ${work}`)}`)
}
await memory(mosquitto.port)
await mosquitto.close()
