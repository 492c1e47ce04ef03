import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { Fleet } from '../../simulators/fleet/fleet.ts'
import { Frames } from '../support/frames.ts'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { example } from '../support/service.ts'

describe('fleet-observer.json', () => {
    let red: RunningNodeRed
    let flows: object[]
    const clients: Frames[] = []
    before(async () => {
        red = await startNodeRed()
    })
    after(() => red.stop())
    const start = async (env: Record<string, string> = {}, more: object[] = []) => {
        flows = await red.renew([...(await example('fleet-observer')), ...more], env)
    }
    const client = async (path: string, protocols?: string[], headers?: Record<string, string>) => {
        const frames = await Frames.open(`${red.url.replace('http', 'ws')}${path}`, protocols, headers)
        clients.push(frames)
        return frames
    }
    const update = (id: string, serial: string, body: object) => ({ type: 'UPDT', message: `${id}:${serial}:${JSON.stringify(body)}` })
    const ok = (header: string) => (frame: { message: unknown }) => frame.message === `${header}:OK`
    const report = async (device: Frames, id: string, serial: string, body: object) => {
        device.send(update(id, serial, body))
        await device.until(ok(`${id}:${serial}`))
    }
    afterEach(() => Promise.all(clients.splice(0).map((frames) => frames.close())))

    it('greets devices and viewers, and answers what it has stored', async () => {
        await start()
        const device = await client('/update/')
        assert.deepEqual(await device.until(() => true), {
            type: 'INFO',
            message: "Welcome to SMART-Server - SolMate Real-Time ObServer! - SolServerConsumer: groups ['updates']",
        })
        await report(device, '0116', '0001', { power_consumption: 357 })
        const viewer = await client('/client/')
        assert.match((await viewer.until(() => true)).message, /ClientConsumer: groups \['broadcast'\]/)
        const { message: rows } = await viewer.until(({ type }) => type === 'INIT')
        assert.equal(rows.length, 1)
        assert.deepEqual([rows[0].serial_number, rows[0].power_consumption], ['0001', 357])
        assert.ok(rows[0].last_status_update)
    })

    it('understands Python, underscores and the initial message, and answers what it does not understand with ERROR', async () => {
        await start()
        const device = await client('/update/')
        device.send(
            `{'type': 'INIT', 'message': '0000:0001:{"serial_number": "0001", "_country": "DE", "_local_time": null, "connected": true}'}`,
        )
        await device.until(ok('0000:0001'))
        device.send("0001:1234:{'country':'AT', '_postcode': 9733}")
        await device.until(ok('0001:1234'))
        device.send('0002:1234:{broken')
        await device.until(({ message }) => message === '0002:1234:ERROR')
        const { rows } = await (await fetch(`${red.url}/devices`)).json()
        assert.deepEqual([rows[0].country, rows[1].postcode], ['DE', 9733])
    })

    it('refuses devices it has never heard of where registration is off, and counts them in the status', async () => {
        const z = 'fleet-observer'
        const shown = [
            { id: 'status', z, type: 'status', scope: ['fleet-observer.update'], wires: [['keep']] },
            { id: 'keep', z, type: 'function', func: "global.set('shown', msg.status); return null", outputs: 0, wires: [] },
            { id: 'ask', z, type: 'http in', url: '/shown', method: 'get', wires: [['tell']] },
            {
                id: 'tell',
                z,
                type: 'function',
                func: "msg.payload = global.get('shown') ?? { text: '0 devices' }; return msg",
                outputs: 1,
                wires: [['answer']],
            },
            { id: 'answer', z, type: 'http response', wires: [] },
        ]
        // What has no place on its tab is a configuration.
        await start(
            { DEVICE_REGISTRATION: 'false' },
            shown.map((node) => ({ ...node, x: 1, y: 1 })),
        )
        const device = await client('/update/')
        for (const [id, serial] of [
            ['0001', '0001'],
            ['0002', '0001'],
            ['0001', '0002'],
        ] as const) {
            device.send(update(id, serial, { battery: 1 }))
            await device.until(({ message }) => message === `${id}:${serial}:ERROR`)
        }
        const viewer = await client('/client/', ['socketworks.view.1'])
        viewer.send({ type: 'view', filter: [], sort: [], offset: 0 })
        await viewer.until(({ kind, devices }) => kind === 'unregistered' && devices === 2)
        for (let text = ''; text !== '0 devices; 2 unknown refused'; ) {
            const status = await (await fetch(`${red.url}/shown`)).json()
            text = status.text
            assert.ok(text === '0 devices' || (status.fill === 'yellow' && /^0 devices; [12] unknown refused$/.test(text)), text)
        }
    })

    it('tells viewers what has changed, and nothing when nothing has', async () => {
        await start()
        const device = await client('/update/')
        await report(device, '0001', '0001', { battery: 1, country: 'DE' })
        const viewer = await client('/client/')
        await viewer.until(({ type }) => type === 'INIT')
        await report(device, '0002', '0001', { battery: 1 })
        await report(device, '0003', '0001', { battery: 2 })
        const { message } = await viewer.until(({ type }) => type === 'UPDT')
        assert.match(message, /^\d{4}:0001:\{/)
        const said = JSON.parse(message.slice(10))
        assert.equal(said.battery, 2)
        assert.ok(!('country' in said))
    })

    it('keeps a filter and a sort live: rows come and go', async () => {
        await start()
        const device = await client('/update/')
        for (const [serial, battery] of [
            ['0001', 30],
            ['0002', 20],
            ['0003', 10],
        ] as const)
            await report(device, '0001', serial, { battery })
        const viewer = await client('/client/')
        await viewer.until(({ type }) => type === 'INIT')
        const from = viewer.all.length
        viewer.send({ type: 'FILT', message: ['filter:battery:>:15', 'sort:battery:<:123'] })
        const serials = (message: { serial_number: string }[]) => message.map((row) => row.serial_number)
        const first = await viewer.until(({ type }) => type === 'INIT', from)
        assert.deepEqual(serials(first.message), ['0002', '0001'])
        await report(device, '0002', '0003', { battery: 25 })
        await viewer.until(({ type, message }) => type === 'INIT' && serials(message).join() === '0002,0003,0001', from)
        await report(device, '0003', '0001', { battery: 5 })
        await viewer.until(({ type, message }) => type === 'INIT' && serials(message).join() === '0002,0003', from)
    })

    it('has lost nothing that it answered OK when it is killed', async () => {
        await start()
        const last = new Map<string, number>()
        let told = 0
        await new Promise<void>((enough) => {
            const report = async (serial: string) => {
                const device = await client('/update/')
                device.socket.on('message', (data) => {
                    const [id, , answer] = JSON.parse(String(data)).message.split(':')
                    if (answer !== 'OK') return
                    last.set(serial, Number(id))
                    if (++told === 200) enough()
                })
                for (let n = 0; n < 90; n++) device.send(update(String(n).padStart(4, '0'), serial, { count: n }))
            }
            for (const serial of ['0001', '0002', '0003', '0004', '0005']) void report(serial)
        })
        await red.kill()
        red = await startNodeRed({ flows, userDir: red.userDir })
        const viewer = await client('/client/')
        const { message } = await viewer.until(({ type }) => type === 'INIT')
        for (const row of message) assert.ok(row.count >= (last.get(row.serial_number) ?? 0), `${row.serial_number}: ${row.count}`)
    })

    it('sends the page, lists devices and their history over HTTP', async () => {
        await start()
        const device = await client('/update/')
        for (let n = 1; n <= 3; n++) await report(device, `000${n}`, '0001', { battery: n })
        const redirect = await fetch(`${red.url}/observer`, { redirect: 'manual' })
        assert.equal(redirect.status, 302)
        const page = await fetch(`${red.url}/observer`)
        assert.equal(page.status, 200)
        assert.match(await page.text(), /<html/i)
        const history = await (await fetch(`${red.url}/devices/0001/history/battery`)).json()
        assert.deepEqual(
            history.points.map((point: { value: number }) => point.value),
            [1, 2, 3],
        )
    })

    it('forgets a device with DELETE, and every viewer sees it go', async () => {
        await start()
        const device = await client('/update/')
        for (const serial of ['0001', '0002']) await report(device, '0001', serial, { battery: 5 })
        const viewer = await client('/client/', ['socketworks.view.1'])
        viewer.send({ type: 'view' })
        await viewer.until(({ kind }) => kind === 'snapshot')
        const remove = (id: string) => fetch(`${red.url}/devices/${id}`, { method: 'DELETE' })
        const gone = await remove('0001')
        const { id, deleted } = await gone.json()
        assert.deepEqual([gone.status, id, deleted], [200, '0001', true])
        const { why } = await viewer.until((frame) => frame.kind === 'remove' && frame.id === '0001')
        assert.equal(why, 'deleted')
        assert.deepEqual([(await remove('0001')).status, (await fetch(`${red.url}/devices/0001/history/battery`)).status], [404, 404])
        const { rows } = await (await fetch(`${red.url}/devices`)).json()
        assert.deepEqual(
            rows.map((row: { serial_number: string }) => row.serial_number),
            ['0002'],
        )
        // It is new when it reports again.
        await report(device, '0002', '0001', { battery: 6 })
        const { points } = await (await fetch(`${red.url}/devices/0001/history/battery`)).json()
        assert.deepEqual(
            points.map(({ value }: { value: number }) => value),
            [6],
        )
    })

    it('deletes nothing over HTTP where viewers or devices need a token', async () => {
        await start({ VIEWER_AUTH: 'token', VIEWER_TOKEN: 'a long secret token' })
        const device = await client('/update/')
        await report(device, '0001', '0001', { battery: 5 })
        assert.equal((await fetch(`${red.url}/devices/0001`, { method: 'DELETE' })).status, 403)
        assert.equal((await (await fetch(`${red.url}/devices`)).json()).rows.length, 1)
    })

    it('tells a device what is set on the page, and the page what became of it', async () => {
        await start()
        const device = await client('/update/')
        await report(device, '0001', '0001', { country: 'AT' })
        const viewer = await client('/client/', ['socketworks.view.1'])
        viewer.send({ type: 'view' })
        await viewer.until(({ kind }) => kind === 'snapshot')
        viewer.send({ type: 'set', id: '0001', property: 'country', value: 'DE', request: 'r1' })
        const { message } = await device.until(({ type }) => type === 'UPDT')
        assert.equal(JSON.parse(message.slice(10)).country, 'DE')
        await viewer.until(({ kind, state }) => kind === 'set' && state === 'pending')
        await report(device, '0002', '0001', { country: 'DE' })
        await viewer.until(({ kind, state }) => kind === 'set' && state === 'confirmed')
        await device.close()
        viewer.send({ type: 'set', id: '0001', property: 'country', value: 'AT', request: 'r2' })
        await viewer.until(({ kind, request, state }) => kind === 'set' && request === 'r2' && state === 'failed')
        viewer.send({ type: 'set', id: '0009', property: 'country', value: 'DE', request: 'r3' })
        await viewer.until(({ kind, code }) => kind === 'refused' && code === 'UNKNOWN_DEVICE')
    })

    it('lets in nobody without the token, and shows each its own', async () => {
        await start({ DEVICE_AUTH: 'token', DEVICE_TOKEN: 'secret' })
        const refused = new WebSocket(`${red.url.replace('http', 'ws')}/update/`)
        const [, response] = await once(refused, 'unexpected-response')
        assert.equal(response.statusCode, 401)
        refused.on('error', () => {}).terminate()
        await client('/update/', [], { authorization: 'Bearer secret' })
    })

    it('shows a simulated fleet to many viewers', async () => {
        await start()
        const fleet = Fleet.start({ url: `${red.url.replace('http', 'ws')}/update/`, devices: 100, minInterval: 0.2, maxInterval: 0.5 })
        try {
            await fleet.connected()
            const viewers = await Promise.all(Array.from({ length: 20 }, () => client('/client/')))
            for (const viewer of viewers) await viewer.until(({ type }) => type === 'UPDT')
        } finally {
            await fleet.stop()
        }
    })
})
