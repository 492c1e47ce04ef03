import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { HEAP, lives } from '../support/attack.ts'
import { example, Receiver, Service } from '../support/service.ts'

describe('attacked by those who are called back, the smart-socket service', function () {
    this.timeout(60_000)
    let service: Service
    let receiver: Receiver
    before(async () => {
        service = await Service.start({ env: HEAP })
    })
    after(() => service.close())
    beforeEach(async () => {
        receiver = await Receiver.listen()
    })
    afterEach(() => receiver.close())

    const asked = async (url: string, duration: number) =>
        (await service.get(`/api/wait?duration=${duration}`, { 'X-Callback': url })).status

    it('300 callbacks to a receiver that never answers delay an honest one by less than two seconds', async () => {
        const silent: Server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
        await once(silent, 'listening')
        const url = `http://127.0.0.1:${(silent.address() as { port: number }).port}/`
        await Promise.all(Array.from({ length: 300 }, () => asked(url, 0)))
        const from = performance.now()
        assert.equal(await asked(receiver.url, 0), 200)
        await receiver.called(1)
        assert.ok(performance.now() - from < 2000, `${Math.round(performance.now() - from)} ms`)
        await lives(service.red)
        silent.close()
    })

    it('never calls itself, by whatever name or form, but others on this machine', async () => {
        const { port } = service.red
        const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))
        const hosts = [
            '127.0.0.1',
            '127.1',
            '2130706433',
            '0x7f.1',
            '017700000001',
            '127.9.9.9',
            '0.0.0.0',
            '[::]',
            '[::1]',
            'localhost',
            'a.localhost',
        ]
        hosts.push(
            '[::ffff:127.0.0.1]',
            '[::ffff:0:127.0.0.1]',
            '[64:ff9b::7f00:1]',
            '[2002:7f00:1::]',
            '[::127.0.0.1]',
            hostname(),
            `${hostname()}.`,
        )
        hosts.push(...addresses.map((address) => (address.includes(':') ? `[${address}]` : address)).filter((host) => !host.includes('%')))
        const { instance } = (await service.post('/api/instance')).body
        for (const host of hosts)
            for (const path of ['/flow/global', `/api/instance/${instance.id}`, '/api/recover'])
                assert.equal(await asked(`http://${host}:${port}${path}`, 0), 422, host)
        // A name is looked up only when it is called.
        assert.equal(await asked(`http://${hostname()}.:${receiver.url.split(/[:/]/)[4]}/`, 0), 200)
        assert.equal(await asked(receiver.url, 0), 200)
        await receiver.called(1)
        assert.equal((await service.get(`/api/instance/${instance.id}`)).body.instance.stopTimestamp, null)
        await service.put(`/api/instance/${instance.id}`)
    })

    it('answers every promise within seconds after deploys of modified nodes, none twice', async () => {
        // What a delay node holds goes with it.
        const flows: Record<string, any>[] = (await example('smart-socket-service')).map((node: any) =>
            node.id === 'smart-socket-service.wait.done' ? { ...node, wires: [['held']] } : node,
        )
        const z = 'smart-socket-service'
        const time = { pauseType: 'delay', timeout: '300', timeoutUnits: 'milliseconds' }
        flows.push({ id: 'held', z, type: 'delay', ...time, x: 900, y: 900, wires: [['smart-socket-service.wait.reply']] })
        await service.red.deploy(flows)
        await service.heard()
        let round = 0
        const deploy = () => {
            round++
            const changed = ['held', 'smart-socket-service.wait.wait', 'smart-socket-service.wait.done']
            const name = (node: Record<string, any>) => (changed.includes(node.id) ? { ...node, name: `round ${round}` } : node)
            return service.red.deploy(flows.map(name), 'nodes')
        }
        let promised = 0
        const ending = new AbortController()
        const asking = Array.from({ length: 20 }, async () => {
            while (!ending.signal.aborted) {
                const n = promised++
                // A request that is cut short by a deploy may have nobody left to answer it.
                const options = { headers: { 'X-Callback': `${receiver.url}?${n}` }, signal: AbortSignal.timeout(1000) }
                const answer = await fetch(`${service.red.url}/api/wait?duration=0.2`, options).catch(() => undefined)
                if (answer?.headers.get('x-callback') === 'true') owed.add(n)
            }
        })
        const owed = new Set<number>()
        for (let i = 0; i < 10; i++) {
            await deploy()
            await service.until(() => Promise.resolve(owed.size > 20 * (i + 1)))
        }
        ending.abort()
        await Promise.all(asking)
        assert.ok(owed.size > 100, `${owed.size} were promised`)
        const paths = () => receiver.puts.map(({ path }) => Number(path!.split('?')[1]))
        const areAnswered = () => {
            const answered = new Set(paths())
            return Promise.resolve([...owed].every((n) => answered.has(n)))
        }
        await service.until(areAnswered, 15_000)
        assert.equal(new Set(paths()).size, paths().length)
        // Otherwise nothing would have been cut short.
        assert.ok(receiver.puts.some(({ body }) => body.message?.includes('interrupted')))
    })
})
