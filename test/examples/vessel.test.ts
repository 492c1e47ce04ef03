import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Vessel } from '../../simulators/vessel/vessel.ts'
import { example, Service } from '../support/service.ts'

/** As the example, but with times that a test can wait for. */
const changed: Record<string, object> = {
    'scenario-vessel.thermostat': { minOn: '0', minOff: '0', sensorLost: '2', renew: '500 ms', timeout: '2' },
    'socketworks.socket': { offGuard: true },
}

describe('the example vessel.json', () => {
    let service: Service
    let vessel: Vessel
    before(async () => {
        const flows = [...(await example('smart-socket-service')), ...(await example('vessel'))] as { id: string }[]
        const nodes = new Map(flows.map((node) => [node.id, { ...node, ...changed[node.id] }]))
        service = await Service.start({ flows: [...nodes.values()] })
        const where = { url: service.mqtt.url, topic: 'vessel/temperature', id: 'vessel', plug: 'smart-socket' }
        vessel = new Vessel({ ...where, watts: 100, every: 200, speed: 1000, deadTime: 0, noise: 0.01, start: 20 })
        await once(vessel, 'online')
    })
    after(async () => {
        await vessel.close()
        await service.close()
    })
    const press = (id: string) => fetch(`${service.red.url}/inject/scenario-vessel.${id}`, { method: 'POST' })
    const reaches = async (fits: (value: number) => boolean) => {
        for (;;) {
            const [value] = await once(vessel, 'said')
            if (fits(value)) return
        }
    }

    it('holds the set-point of its profile, and heats no longer when the sensor is silent', async () => {
        assert.equal(service.plug.relays[0], false)
        await press('start')
        await service.relay(true)
        await reaches((value) => value > 22)
        await service.relay(false)
        await service.relay(true)
        assert.ok(Math.abs(vessel.temperature - 22) < 1, String(vessel.temperature))
        vessel.fault = 'silent'
        await service.relay(false)
        await service.until(() => Promise.resolve(vessel.temperature < 21))
        assert.equal(service.plug.relays[0], false)
        vessel.fault = undefined
        await service.relay(true)
    })

    it('has its plug go off by itself when Node-RED is killed, and goes on with its profile when that is back', async () => {
        // A value that stays too low keeps it heating.
        await reaches((value) => value < 21.7)
        vessel.fault = 'stuck'
        await service.relay(true)
        const told = service.told('OFF')
        await service.red.kill()
        await service.relay(false)
        assert.equal(service.told('OFF'), told)
        await service.again()
        await service.relay(true)
        vessel.fault = undefined
        await service.relay(false)
    })
})
