import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { Service } from '../support/service.ts'

describe('in trouble, the smart-socket service', () => {
    let service: Service
    before(async () => {
        service = await Service.start()
    })
    afterEach(() => service.renew())
    after(() => service.close())

    it('comes up without its broker, and works once that is there', async () => {
        await service.red.stop()
        await service.mqtt.stop()
        await service.again()
        const refused = await service.post('/api/instance')
        assert.equal(refused.status, 500)
        assert.match(refused.body.message, /broker/)
        await service.mqtt.start()
        await service.until(async () => (await service.get('/api/server/status')).body.reachable, 20_000)
        assert.equal((await service.post('/api/instance')).status, 200)
    })

    it('outlives a restart of its broker in the middle of a run', async () => {
        const { instance } = (await service.post('/api/instance')).body
        await service.mqtt.restart()
        await service.until(async () => (await service.put(`/api/instance/${instance.id}`)).status === 200, 20_000)
        assert.equal(service.plug.relays[0], false)
    })

    it('stops an instance whose plug lost its power', async () => {
        const { instance } = (await service.post('/api/instance')).body
        service.plug.goOffline()
        await service.until(async () => !(await service.get('/api/server/status')).body.reachable)
        service.plug.press()
        await service.plug.comeBack()
        await service.until(async () => (await service.get(`/api/instance/${instance.id}`)).body.instance.isManuallyStopped)
    })

    it('refuses to start while its database is locked, and cuts the power all the same', async () => {
        const { instance } = (await service.post('/api/instance')).body
        const other = new DatabaseSync(service.database)
        other.exec('BEGIN IMMEDIATE')
        const started = service.post('/api/instance')
        const off = service.relay(false)
        const stopped = service.post('/api/emergency-stop')
        await off
        assert.ok([503, 409].includes((await started).status))
        assert.equal((await stopped).status, 503)
        other.exec('COMMIT')
        other.close()
        await service.until(async () => (await service.get(`/api/instance/${instance.id}`)).body.instance.isEmergencyStopped, 20_000)
        await service.until(async () => (await service.put('/api/recover')).status === 200)
        await service.until(async () => (await service.post('/api/instance')).status === 200)
    })
})
