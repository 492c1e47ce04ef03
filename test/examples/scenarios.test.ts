import assert from 'node:assert/strict'
import { once } from 'node:events'
import { example, Service } from '../support/service.ts'

describe('the scenarios', function () {
    this.timeout(60_000)
    let service: Service | undefined
    afterEach(() => service?.close())
    const start = async (name: string) => {
        // The service beside it, as `npm start` has it: they share the store, the broker and the socket.
        const flows = [...(await example('smart-socket-service')), ...(await example(name))] as { id: string }[]
        service = await Service.start({ flows: [...new Map(flows.map((node) => [node.id, node])).values()] })
        return service
    }
    const press = (id: string) => fetch(`${service!.red.url}/inject/${id}`, { method: 'POST' })
    const running = async () => (await service!.get('/api/server/status')).body.runningInstances.length

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
        await service!.until(async () => (await running()) === 3)
        await service!.until(async () => (await running()) === 0, 15_000)
        assert.equal(service!.told('ON'), 1)
        assert.equal(service!.told('OFF'), 1)
        const { instances } = (await service!.get('/api/instances')).body
        assert.equal(instances.filter((one: { powerOffTimestamp: string | null }) => one.powerOffTimestamp).length, 1)
        assert.equal(plug.relays[0], false)
    })

    it('emergency-stop-recover.json halts, refuses and recovers', async () => {
        await start('emergency-stop-recover')
        await press('scenario-emergency.i1')
        await service!.relay(true)
        await press('scenario-emergency.i2')
        await service!.relay(false)
        await press('scenario-emergency.i3')
        await service!.until(async () => (await service!.get('/api/server/status')).body.isEmergencyStopped)
        assert.equal(service!.told('ON'), 1)
        await press('scenario-emergency.i4')
        await service!.until(async () => !(await service!.get('/api/server/status')).body.isEmergencyStopped)
        await press('scenario-emergency.i5')
        await service!.relay(true)
        await service!.relay(false)
    })
})
