import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectAsync } from 'mqtt'
import type { PlugOptions } from '../../simulators/plug/plug.ts'
import type { Summary } from '../../src/energy/index.ts'
import { example, Service } from '../support/service.ts'

describe('the scenarios', () => {
    let service: Service
    before(async () => {
        service = await Service.start()
    })
    after(() => service.close())
    /** @param changed settings of nodes by their ids */
    const start = async (name: string, changed: Record<string, object> = {}, plug: PlugOptions = {}) => {
        // The service beside it, as `npm start` has it: they share the store, the broker and the socket.
        const flows = [...(await example('smart-socket-service')), ...(await example(name))] as { id: string }[]
        const nodes = new Map(flows.map((node) => [node.id, { ...node, ...changed[node.id] }]))
        await service.renew({ flows: [...nodes.values()], plug })
        return service
    }
    const press = (id: string) => fetch(`${service.red.url}/inject/${encodeURIComponent(id)}`, { method: 'POST' })
    const running = async () => (await service.get('/api/server/status')).body.runningInstances.length

    it('start-wait-stop.json runs the plug for five seconds', async () => {
        const { plug, relay } = await start('start-wait-stop')
        const began = Date.now()
        await press('scenario-start-wait-stop.run')
        await relay.call(service, true)
        await once(plug, 'relay')
        assert.equal(plug.relays[0], false)
        assert.ok(Date.now() - began >= 5000)
    })

    it('parallel-subprocesses.json switches on once and off once', async () => {
        const { plug } = await start('parallel-subprocesses')
        await press('scenario-parallel.run')
        await service.until(async () => (await running()) === 3)
        await service.until(async () => (await running()) === 0, 15_000)
        assert.equal(service.told('ON'), 1)
        assert.equal(service.told('OFF'), 1)
        const { instances } = (await service.get('/api/instances')).body
        assert.equal(instances.filter((one: { powerOffTimestamp: string | null }) => one.powerOffTimestamp).length, 1)
        assert.equal(plug.relays[0], false)
    })

    it('scheduled-power.json has the plug on at a time, and again and again', async () => {
        await start('scheduled-power', {
            'scenario-scheduled.once': { payload: '{"timeout": 0.3}' },
            'scenario-scheduled.once.schedule': { schedule: '$fromMillis($millis() + 300)' },
            'scenario-scheduled.again': { payload: '{"timeout": 0.3}' },
            'scenario-scheduled.again.schedule': { schedule: '* * * * * *' },
        })
        await press('scenario-scheduled.once')
        await service.relay(true)
        await service.relay(false)
        await press('scenario-scheduled.again')
        await service.until(async () => service.told('ON') === 3)
        await press('scenario-scheduled.end')
        await service.until(async () => (await running()) === 0)
        const { instances } = (await service.get('/api/instances')).body
        assert.ok(instances.length >= 3)
    })

    it('scheduled-power.json repeats once, imported twice and pressed again and again, until it is ended, after a kill too', async () => {
        const own = (await example('scheduled-power')) as { id: string; z?: string; wires?: string[][]; schedule?: string }[]
        const often = own.map((node) => (node.id === 'scenario-scheduled.again.schedule' ? { ...node, schedule: '* * * * * *' } : node))
        const copy = (id: string) => `copy of ${id}`
        const twins = often
            .filter(({ id, z }) => z === 'scenario-scheduled' || id === 'scenario-scheduled')
            .map((node) => ({
                ...node,
                id: copy(node.id),
                ...(node.z && { z: copy(node.z) }),
                ...(node.wires && { wires: node.wires.map((ids) => ids.map(copy)) }),
            }))
        const place = { z: 'scenario-scheduled', x: 100, y: 500 }
        const waiting = { operation: 'list', state: 'scheduled', stateType: 'str', wires: [['told'], ['told']] }
        const list = [
            { id: 'asked', ...place, type: 'http in', url: '/power-jobs', method: 'get', wires: [['found']] },
            { id: 'found', ...place, type: 'socketworks-job-control', store: 'socketworks.store', queue: 'power', ...waiting },
            { id: 'told', ...place, type: 'http response', wires: [] },
        ]
        await service.renew({ flows: [...(await example('smart-socket-service')), ...often, ...twins, ...list] })
        const repetitions = async () => (await service.get('/power-jobs')).body.jobs.map(({ series }: { series: string }) => series)
        await press('scenario-scheduled.again')
        await service.until(async () => (await repetitions()).length === 1)
        const [first] = await repetitions()
        await press('scenario-scheduled.again')
        await press(copy('scenario-scheduled.again'))
        await service.red.kill()
        await service.again()
        await press('scenario-scheduled.again')
        assert.deepEqual(await repetitions(), [first])
        await press(copy('scenario-scheduled.end'))
        await service.until(async () => (await repetitions()).length === 0)
        await service.until(async () => (await running()) === 0)
    })

    it('emergency-stop-recover.json halts, refuses and recovers', async () => {
        await start('emergency-stop-recover')
        await press('scenario-emergency.i1')
        await service.relay(true)
        await press('scenario-emergency.i2')
        await service.relay(false)
        await press('scenario-emergency.i3')
        await service.until(async () => (await service.get('/api/server/status')).body.isEmergencyStopped)
        assert.equal(service.told('ON'), 1)
        await press('scenario-emergency.i4')
        await service.until(async () => !(await service.get('/api/server/status')).body.isEmergencyStopped)
        await press('scenario-emergency.i5')
        await service.relay(true)
        await service.relay(false)
    })

    it('appliance-finished.json tells of a washing machine with kWh and duration', async () => {
        // A programme of fifty minutes in eight seconds, and every time of the dialog as much shorter.
        const times = { startHold: '0', finishHold: '0.3', longestPause: '0.6', shortestRun: '0.5', silence: '0' }
        const out = { type: 'http request', method: 'PUT', ret: 'txt', url: '', wires: [[]] }
        const told = createServer()
        const bodies: string[] = []
        told.on('request', (request, response) => {
            request.setEncoding('utf8').on('data', (part) => bodies.push(part))
            request.on('end', () => response.end())
        })
        await once(told.listen(0, '127.0.0.1'), 'listening')
        try {
            const url = `http://127.0.0.1:${(told.address() as AddressInfo).port}/`
            const changed = { 'scenario-appliance.monitor': times, 'scenario-appliance.done': { ...out, url } }
            await start('appliance-finished', changed, { curve: 'washer', speed: 400 })
            await press('scenario-appliance.on')
            await service.until(async () => bodies.length > 0, 20_000)
        } finally {
            told.close()
        }
        const { message, kWh, minutes } = JSON.parse(bodies[0]!)
        assert.match(message, /^The washing machine is done: 0\.\d\d kWh in \d+ min$/)
        assert.ok(kWh > 0.4 && kWh < 0.8, `${kWh}`)
        assert.equal(minutes, 0)
    })

    it('energy-shares.json tells what each run has used and cost, on a plug that is reset, jumps, lies and falls silent', async () => {
        const { plug, mqtt } = await start('energy-shares')
        plug.setPower(3000)
        const runs = async (): Promise<{ summary: Summary }[]> => (await service.get('/api/instances')).body.instances
        const used = async () => (await runs()).reduce((sum, { summary }) => sum + summary.energyWh!, 0)
        const goesOn = async () => {
            const before = await used()
            await service.until(async () => (await used()) > before)
        }
        const client = await connectAsync(mqtt.url)
        await press('scenario-shares.i1')
        await press('scenario-shares.i2')
        await service.until(async () => (await running()) === 1)
        await goesOn()
        await press('scenario-shares.i3')
        await service.until(async () => (await running()) === 2)
        for (const wh of ['0', '9000000']) {
            await client.publishAsync('cmnd/smart-socket/EnergyTotal', wh)
            await goesOn()
        }
        for (const fault of ['lying', 'silent'] as const) {
            const asked = plug.commands.length
            plug.fault = fault
            await service.until(async () => plug.commands.length > asked + 2)
            plug.fault = undefined
            await goesOn()
        }
        await press('scenario-shares.i5')
        await service.until(async () => (await running()) === 0)
        const [second, first] = await runs()
        for (const { summary } of [first!, second!]) {
            assert.deepEqual([summary.stopReason, summary.quality], ['stopped', 'integrated'])
            assert.ok(summary.energyWh! > 0 && Math.abs(summary.cost! - (summary.energyWh! * 0.32) / 1000) < 1e-5)
        }
        // They share 3 kW equally while both run.
        const alone = first!.summary.seconds - second!.summary.seconds
        const wanted = ((alone + second!.summary.seconds / 2) * 3000) / 3600
        assert.ok(Math.abs(first!.summary.energyWh! - wanted) < 2, `${first!.summary.energyWh} is not ${wanted}`)
        await client.endAsync()
    })
})
