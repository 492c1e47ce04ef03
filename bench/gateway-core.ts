// The commands of an endpoint without Node-RED and without HTTP: what they cost by themselves. The first argument is the file of the
// store. Each line of the input, `{total, atOnce, devices}`, has so many commands given, each of which is waited for; a line of the output
// says what they took.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { commandsOf } from '../src/commands/index.ts'
import { systemClock } from '../src/lib/index.ts'
import { protocols, Sessions } from '../src/peers/index.ts'
import { openStore } from '../src/stores.ts'
import { anyone, WsEndpoint } from '../src/ws/index.ts'

const { signal } = new AbortController()
const common = { clock: systemClock, newId: randomUUID, log: console.error }
const store = openStore({ file: process.argv[2]!, retentionDays: 0, clock: systemClock, log: console.error })
const server = createServer()
const protocol = protocols.oisp
const endpoint = new WsEndpoint({
    ...common,
    ...{ server, path: '/', subprotocols: protocol.subprotocols!, authenticate: anyone, idInAddress: false, isAllowedOrigin: () => true },
    ...{ maxFrame: 65_536, rate: 0, maxConnections: 100, pingInterval: 3_600_000, highWater: 1_048_576, compression: false },
    duplicate: 'close-old',
})
const sessions = new Sessions({ endpoint, protocol, check: () => ({ identity: {} }), log: console.error, signal })
const commands = commandsOf({ endpoint, sessions, id: 'e', jitter: 0, random: Math.random, ...common })(store)
commands.attach('n', () => {}, signal)
await store.ready(signal)
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

async function give(device: string): Promise<number> {
    const began = performance.now()
    const times = { notAfter: Date.now() + 60_000, timeout: 10_000 }
    const order = { node: 'n', account: '', device, component: 'led', command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] }
    const rules = { caller: 'me', origin: '', resend: true, keep: true, idempotencyKey: null, collapseKey: null }
    const { id } = await commands.send({ ...order, ...rules, ...times }, 100)
    const ended = await commands.outcome(id, 30_000, signal)
    if (ended?.ending?.outcome !== 'result') throw new Error(JSON.stringify(ended))
    return performance.now() - began
}

for await (const line of createInterface({ input: process.stdin })) {
    const { total, atOnce, devices } = JSON.parse(line)
    let left = total
    const times: number[] = []
    const before = process.cpuUsage()
    const client = async () => {
        while (left-- > 0) times.push(await give(devices[left % devices.length]))
    }
    await Promise.all(Array.from({ length: atOnce }, client))
    await commands.settled()
    const { user, system } = process.cpuUsage(before)
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(share * (times.length - 1))]
    console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), cpu: (user + system) / total }))
}
process.exit()
