import assert from 'node:assert/strict'
import { example, Service } from '../support/service.ts'

const tab = { z: 'tab', x: 0, y: 0 }
const start = { ...tab, type: 'socketworks-start-instance', socket: 'socketworks.socket' }

/** What is refused is sent back in after a while, by way of a node that waits. */
const again = (waits: object) => [
    { id: 'tab', type: 'tab' },
    { ...tab, id: 'go', type: 'inject', props: [{ p: 'payload' }], payload: '{"timeout":90000}', payloadType: 'json', wires: [['start']] },
    { ...start, id: 'start', wires: [[], ['later', 'seen']] },
    { ...tab, id: 'later', ...waits, wires: [['start']] },
    { ...tab, id: 'seen', type: 'debug', active: true, tosidebar: false, console: true, complete: 'refusal.code', targetType: 'msg' },
]

const delay = { type: 'delay', pauseType: 'delay', timeout: '0.1', timeoutUnits: 'seconds' }
const wait = { type: 'socketworks-wait', store: 'socketworks.store', duration: '0.1', durationType: 'num' }

describe('a start that is refused and sent back in', () => {
    let service: Service
    before(async () => {
        service = await Service.start()
    })
    after(() => service.close())

    for (const waits of [delay, wait])
        it(`by way of a ${waits.type} has the timeout that it had`, async () => {
            await service.renew({ flows: [...(await example('smart-socket-service')), ...again(waits)] })
            await service.post('/api/emergency-stop')
            await fetch(`${service.red.url}/inject/go`, { method: 'POST' })
            await service.red.waitFor(/EMERGENCY_STOPPED.*\n(.*\n)*.*EMERGENCY_STOPPED/)
            await service.put('/api/recover')
            await service.relay(true)
            const instances = async () => (await service.get('/api/instances')).body.instances
            await service.until(async () => (await instances()).length === 1)
            assert.equal((await instances())[0].timeout, 90_000)
        })
})
