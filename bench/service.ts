// The smart-socket service against bare flows of Node-RED's own nodes, in one run: ratios, never absolute times.
import { example, Service } from '../test/support/service.ts'
import { type Ask, type Load, load, median } from './load.ts'

const [ROUNDS, REQUESTS, CLIENTS] = [5, 3000, 10]

const bare = [
    { id: 'bare', type: 'tab', label: 'bare' },
    ...['post', 'get'].flatMap((method) => [
        { id: `bare.${method}`, z: 'bare', type: 'http in', method, url: '/bare', wires: [['bare.set']] },
    ]),
    {
        id: 'bare.set',
        z: 'bare',
        type: 'change',
        rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"instance":{}}', tot: 'json' }],
        wires: [['bare.answer']],
    },
    { id: 'bare.answer', z: 'bare', type: 'http response', wires: [] },
]

const flows = [...(await example('smart-socket-service')), ...bare]
const service = await Service.start({
    flows,
    env: { SOCKET_INTERVAL: '5' },
    settings: { logging: { console: { level: 'info', metrics: false, audit: false } } },
})
const url = service.red.url
const works: Record<string, Ask> = {
    'bare POST': { method: 'POST', url: `${url}/bare`, body: '{}' },
    start: { method: 'POST', url: `${url}/api/instance`, body: '{}' },
    'bare GET': { method: 'GET', url: `${url}/bare` },
    status: { method: 'GET', url: `${url}/api/server/status` },
}
const results = Object.fromEntries(Object.keys(works).map((name) => [name, [] as Load[]]))

async function stopAll(): Promise<void> {
    await service.post('/api/emergency-stop')
    await service.put('/api/recover')
    await service.post('/api/instance')
}

for (let round = 0; round < ROUNDS; round++)
    for (const [name, ask] of Object.entries(works)) {
        await stopAll()
        if (name === 'status') await load(works.start!, 1000, CLIENTS, service.red.pid)
        results[name]!.push(await load(ask, REQUESTS, CLIENTS, service.red.pid))
    }
const live = await (async () => {
    await stopAll()
    await load(works.start!, 500, CLIENTS, service.red.pid)
    const few = await load(works.start!, REQUESTS, CLIENTS, service.red.pid)
    await load(works.start!, 10_000, CLIENTS, service.red.pid)
    return (await load(works.start!, REQUESTS, CLIENTS, service.red.pid)).rate / few.rate
})()
await service.close()

const middle = (name: string, what: keyof Load) => median(results[name]!.map((one) => one[what]))
const row = (name: string) =>
    console.log(
        name.padEnd(10),
        `${middle(name, 'rate').toFixed(0)}/s`.padStart(9),
        `p50 ${middle(name, 'p50').toFixed(1)} ms`,
        `p99 ${middle(name, 'p99').toFixed(1)} ms`,
        `${middle(name, 'cpu').toFixed(0)} µs CPU`,
    )
for (const name of Object.keys(works)) row(name)
const ratio = (ours: string, peer: string) => (middle(ours, 'rate') / middle(peer, 'rate')).toFixed(2)
console.log(`start, durable: ${ratio('start', 'bare POST')} x a bare http in POST flow (target 0.8)`)
console.log(`status, 1 000 running: ${ratio('status', 'bare GET')} x a bare http in GET flow (target 0.9)`)
console.log(`start with 10 000 live instances: ${live.toFixed(2)} x the rate with 500 (target 0.9)`)
