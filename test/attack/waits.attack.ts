import assert from 'node:assert/strict'
import { Agent, type ClientRequest, request } from 'node:http'
import { HEAP, lives } from '../support/attack.ts'
import { Receiver, Service } from '../support/service.ts'

/** As large as a body may be. */
const text = JSON.stringify({ duration: 600, filler: 'x'.repeat(1_900_000) })

describe('attacked with requests that wait, the smart-socket service', function () {
    this.timeout(240_000)
    let service: Service
    let receiver: Receiver
    let agent: Agent
    const open = new Set<ClientRequest>()
    before(async () => {
        receiver = await Receiver.listen()
        agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
    })
    beforeEach(async () => {
        service = await Service.start({ env: HEAP })
    })
    afterEach(async () => {
        for (const asked of open) asked.destroy()
        open.clear()
        await service.close()
    })
    after(() => receiver.close())

    /** Asks, and leaves it at that. @returns what it is answered with, if it is answered within a moment */
    const ask = (method: string, path: string, headers: Record<string, string>, body = '') => {
        const asked = request(service.red.url + path, { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } })
        open.add(asked)
        const answered = new Promise<number | undefined>((resolve) => {
            asked.on('error', () => resolve(undefined))
            asked.on('response', (response) => {
                response.resume()
                resolve(response.statusCode)
            })
        })
        asked.end(body)
        return answered
    }
    const json = { 'content-type': 'application/json' }

    it('300 open requests as large as they may be are held or refused with 503, and Node-RED lives on', async () => {
        const statuses: (number | undefined)[] = []
        for (let i = 0; i < 300; i += 4) {
            for (let n = 0; n < 4; n++) void ask('POST', '/api/start-wait-stop', json, text).then((status) => statuses.push(status))
            await service.get('/api/server/status')
        }
        await lives(service.red, 5000)
        // Of so many connections, some may be cut on the way by a machine that has much to do.
        assert.deepEqual([...new Set(statuses.filter((status) => status !== undefined))], [503])
    })

    it('106 requests of 4.5 MB are refused with 413, and Node-RED lives on', async () => {
        const body = JSON.stringify({ duration: 600, filler: 'x'.repeat(4_500_000) })
        const statuses: (number | undefined)[] = []
        // All of them at once are too many for Node-RED itself, which reads each whole before a node sees it.
        for (let i = 0; i < 106; i += 4) {
            const headers = i % 8 ? json : { ...json, 'X-Callback': receiver.url }
            statuses.push(...(await Promise.all(Array.from({ length: 4 }, () => ask('POST', '/api/start-wait-stop', headers, body)))))
        }
        assert.deepEqual([...new Set(statuses)], [413])
        await lives(service.red, 5000)
    })

    it('300 promised callbacks for requests as large as they may be are kept or refused, and Node-RED lives on', async () => {
        const statuses: number[] = []
        const headers = { ...json, 'X-Callback': receiver.url }
        for (let i = 0; i < 300; i++) statuses.push((await ask('POST', '/api/start-wait-stop', headers, text))!)
        await lives(service.red, 5000)
        assert.ok(statuses.filter((status) => status === 200).length >= 50, `${statuses}`)
        for (const status of statuses) assert.ok(status === 200 || status === 503, `${status}`)
    })

    it('16 000 open requests with 15 kB of headers are held or refused with 503, and Node-RED lives on', async () => {
        const headers = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`x-filler-${i}`, 'x'.repeat(980)]))
        const statuses: (number | undefined)[] = []
        for (let i = 0; i < 16_000; i += 100) {
            for (let n = 0; n < 100; n++) void ask('GET', '/api/wait?duration=600', headers).then((status) => statuses.push(status))
            await service.get('/api/server/status')
        }
        await lives(service.red, 5000)
        // Of so many connections, some may be cut on the way by a machine that has much to do.
        assert.deepEqual([...new Set(statuses.filter((status) => status !== undefined))], [503])
    })

    it('what is held goes as its callers go, and there is room again', async () => {
        while ((await Promise.race([ask('POST', '/api/start-wait-stop', json, text), service.get('/api/server/status')])) !== 503);
        for (const asked of open) asked.destroy()
        await service.until(async () => (await service.get('/api/wait?duration=0')).status === 200)
    })
})
