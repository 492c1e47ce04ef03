import assert from 'node:assert/strict'
import { checkCallback } from '../support/openapi.ts'
import { Receiver, Service } from '../support/service.ts'

describe('smart-socket-service.json, waiting', () => {
    let service: Service
    let receiver: Receiver
    before(async () => {
        service = await Service.start()
        receiver = await Receiver.listen(checkCallback)
    })
    after(async () => {
        await receiver.close()
        await service.close()
    })
    afterEach(async () => {
        receiver.puts.length = 0
        await service.calm()
    })

    describe('GET /api/wait', () => {
        it('answers when it is over', async () => {
            const answer = await service.get('/api/wait?duration=0.3')
            assert.deepEqual([answer.status, answer.body], [200, { waiting: false }])
        })

        it('answers at once where a callback is asked for, and calls back when it is over', async () => {
            const answer = await service.get('/api/wait?duration=0.3', { 'CPEE-CALLBACK': receiver.url })
            assert.deepEqual([answer.status, answer.body], [200, { waiting: true }])
            assert.equal(answer.headers.get('cpee-callback'), 'true')
            const { method, body } = await receiver.called(1)
            assert.deepEqual([method, body.waiting], ['PUT', false])
        })

        it('calls back again when it was not heard', async () => {
            receiver.statuses.push(500)
            await service.get('/api/wait?duration=0', { 'X-Callback': receiver.url })
            assert.equal((await receiver.called(2)).body.waiting, false)
        })
    })

    describe('POST /api/start-wait-stop', () => {
        it('answers with the stopped instance', async () => {
            const answer = await service.post('/api/start-wait-stop', { duration: 0.5 })
            assert.equal(answer.status, 200, answer.body.message)
            assert.deepEqual(Object.keys(answer.body), ['instance'])
            const { startTimestamp, stopTimestamp, energy } = answer.body.instance
            assert.ok(Date.parse(stopTimestamp) - Date.parse(startTimestamp) >= 500)
            assert.ok(energy.power.length > 1)
            assert.equal(service.plug.relays[0], false)
        })

        it('takes the duration from the query', async () => {
            assert.equal((await service.post('/api/start-wait-stop?duration=0.1')).status, 200)
        })

        it('with a callback answers at once with the running instance, and later calls back with the stopped one', async () => {
            const answer = await service.post('/api/start-wait-stop', { duration: 0.5 }, { 'CPEE-CALLBACK': receiver.url })
            assert.equal(answer.status, 200, answer.body.message)
            assert.equal(answer.headers.get('cpee-callback'), 'true')
            assert.equal(answer.body.instance.stopTimestamp, null)
            const { body } = await receiver.called(1)
            assert.equal(body.instance.id, answer.body.instance.id)
            assert.ok(body.instance.stopTimestamp)
            assert.equal(typeof body.message, 'string')
        })

        it('calls back on failure as well', async () => {
            const answer = await service.post('/api/start-wait-stop', { duration: 0.5 }, { 'CPEE-CALLBACK': receiver.url })
            assert.equal(answer.status, 200, answer.body.message)
            service.plug.fault = 'deaf'
            assert.match((await receiver.called(1)).body.message, /did not confirm/)
        })

        it('ends the run of a caller who went away', async () => {
            const leaving = new AbortController()
            const asked = fetch(`${service.red.url}/api/start-wait-stop?duration=600`, { method: 'POST', signal: leaving.signal })
            const running = async (): Promise<string[]> => (await service.get('/api/server/status')).body.runningInstances
            await service.until(async () => (await running()).length === 1)
            leaving.abort()
            await assert.rejects(asked)
            await service.until(async () => (await running()).length === 0)
            await service.relay(false)
        })

        it('refuses to call back where nobody should', async () => {
            for (const url of ['http://169.254.169.254/latest', 'file:///etc/passwd', 'nonsense', 'http://[fe80::1]/']) {
                const answer = await service.post('/api/start-wait-stop', { duration: 0.1 }, { 'CPEE-CALLBACK': url })
                assert.equal(answer.status, 422, url)
                assert.match(answer.body.message, /callback/i)
            }
            assert.equal(service.plug.relays[0], false)
        })
    })
})
