import assert from 'node:assert/strict'
import { Receiver, Service } from '../support/service.ts'

const fields = [
    'id',
    'energy',
    'timeout',
    'startTimestamp',
    'stopTimestamp',
    'powerOnTimestamp',
    'powerOffTimestamp',
    'isEmergencyStopped',
    'isManuallyStopped',
    'summary',
]

describe('smart-socket-service.json', () => {
    let service: Service
    let receiver: Receiver
    before(async () => {
        service = await Service.start()
        receiver = await Receiver.listen()
    })
    after(async () => {
        await receiver.close()
        await service.close()
    })
    afterEach(async () => {
        receiver.puts.length = 0
        await service.calm()
    })
    const start = async (body: unknown = {}) => {
        const answer = await service.post('/api/instance', body)
        assert.equal(answer.status, 200, answer.body.message)
        return answer.body.instance
    }

    it('POST /api/instance starts, GET reads, PUT stops and DELETE deletes it', async () => {
        const started = await service.post('/api/instance', { timeout: 60_000 })
        assert.equal(started.status, 200)
        const { instance } = started.body
        assert.deepEqual(Object.keys(instance), fields)
        assert.equal(instance.timeout, 60_000)
        assert.equal(service.plug.relays[0], true)
        const read = await service.get(`/api/instance/${instance.id}`)
        assert.equal(read.status, 200)
        assert.equal(read.body.instance.id, instance.id)
        const stopped = await service.put(`/api/instance/${instance.id}`)
        assert.equal(stopped.status, 200)
        assert.ok(stopped.body.instance.stopTimestamp)
        assert.equal(service.plug.relays[0], false)
        assert.equal((await service.put(`/api/instance/${instance.id}`)).status, 200)
        const deleted = await service.delete(`/api/instance/${instance.id}`)
        assert.equal(deleted.status, 200)
        assert.equal(deleted.body.instance.id, instance.id)
        assert.equal((await service.get(`/api/instance/${instance.id}`)).status, 404)
    })

    it('DELETE stops what runs first', async () => {
        const { id } = await start()
        assert.equal((await service.delete(`/api/instance/${id}`)).status, 200)
        assert.equal(service.plug.relays[0], false)
    })

    it('takes the timeout from the body or the query, and stops by itself after it', async () => {
        assert.equal((await service.post('/api/instance?timeout=70000')).body.instance.timeout, 70_000)
        assert.equal(
            (await service.post('/api/instance', 'timeout=80000', { 'content-type': 'application/x-www-form-urlencoded' })).body.instance
                .timeout,
            80_000,
        )
        const { id } = await start({ timeout: '300' })
        await service.until(async () => (await service.get(`/api/instance/${id}`)).body.instance.stopTimestamp !== null)
    })

    it('answers 422 for PUT and DELETE without an id, 404 for one that never was', async () => {
        for (const method of ['PUT', 'DELETE'])
            for (const path of ['/api/instance', '/api/instance/']) {
                const answer = await service.request(method, path)
                assert.equal(answer.status, 422)
                assert.match(answer.body.message, /instanceId/)
            }
        for (const method of ['GET', 'PUT', 'DELETE'])
            for (const id of ['nobody', '__proto__', 'constructor', '%F0%9F%94%8C'])
                assert.equal((await service.request(method, `/api/instance/${id}`)).status, 404)
        assert.equal((await service.get('/api/instance/a%00b')).status, 422)
    })

    it('GET /api/instances lists by state and time', async () => {
        const [first, second] = [await start(), await start()]
        await service.put(`/api/instance/${first.id}`)
        const ids = async (query: string) =>
            (await service.get(`/api/instances?${query}`)).body.instances.map((one: { id: string }) => one.id)
        assert.deepEqual(await ids('state=running'), [second.id])
        assert.ok((await ids('state=stopped')).includes(first.id))
        assert.deepEqual(await ids('limit=1'), [second.id])
        assert.deepEqual(await ids(`from=${encodeURIComponent(second.startTimestamp)}&state=running`), [second.id])
        assert.deepEqual(await ids('to=2001-01-01'), [])
        for (const [query, field] of [
            ['state=gone', 'state'],
            ['from=yesterday', 'from'],
            ['to=x', 'to'],
            ['limit=0', 'limit'],
            ['limit=1.5', 'limit'],
            ['state=running&state=stopped', 'state'],
        ]) {
            const answer = await service.get(`/api/instances?${query}`)
            assert.equal(answer.status, 422, query)
            assert.match(answer.body.message, new RegExp(field!))
        }
    })

    it('GET /api/server/status and /api/download tell all there is', async () => {
        const { id } = await start({ timeout: 60_000 })
        const status = await service.get('/api/server/status')
        assert.equal(status.status, 200)
        assert.deepEqual(Object.keys(status.body).sort(), [
            'connectedSocketName',
            'currentTimestamp',
            'energyToday',
            'initialEnergy',
            'isEmergencyStopped',
            'power',
            'powerStatus',
            'reachable',
            'runningInstances',
        ])
        assert.equal(status.body.power, 'on')
        assert.equal(status.body.reachable, true)
        assert.equal(status.body.connectedSocketName, 'Smart Socket')
        assert.equal(status.body.powerStatus.at(-1).powerOn.instanceId, id)
        const download = await service.get('/api/download')
        assert.match(download.headers.get('content-disposition')!, /attachment; filename="?server_state\.json/)
        assert.deepEqual(Object.keys(download.body), ['server', 'instances'])
        assert.deepEqual(download.body.instances[id].timeout, 60_000)
        assert.deepEqual(download.body.server.runningInstancesWithTimeout, [id])
        assert.deepEqual(
            ['instancesStarting', 'instancesStopping', 'runningInstances', 'powerStatus', 'initialEnergy'].filter(
                (key) => !(key in download.body.server),
            ),
            [],
        )
    })

    it('answers 409 to a plug that reports OFF and 500 to one that is silent, and leaves nothing behind', async () => {
        // As long as an OFF of before is still to be proven, nobody can tell which command a plug answers with OFF.
        const fresh = await Service.start()
        fresh.plug.fault = 'contrary'
        const contrary = await fresh.post('/api/instance')
        fresh.plug.fault = 'deaf'
        const silent = await fresh.post('/api/instance')
        const { body } = await fresh.get('/api/server/status')
        await fresh.close()
        assert.equal(contrary.status, 409, JSON.stringify(contrary.body))
        assert.equal(silent.status, 500)
        assert.equal(typeof silent.body.instanceId, 'string')
        assert.deepEqual(body.runningInstances, [])
    })

    it('POST /api/emergency-stop stops all, PUT /api/recover lets them start again', async () => {
        const { id } = await start()
        const stopped = await service.post('/api/emergency-stop')
        assert.equal(stopped.status, 200)
        assert.deepEqual(stopped.body.stoppedInstances, [id])
        assert.equal(service.plug.relays[0], false)
        const refused = await service.post('/api/instance')
        assert.equal(refused.status, 409)
        assert.equal((await service.get('/api/server/status')).body.isEmergencyStopped, true)
        assert.equal((await service.get(`/api/instance/${id}`)).body.instance.isEmergencyStopped, true)
        const recovered = await service.put('/api/recover')
        assert.equal(recovered.status, 200)
        assert.equal(typeof recovered.body.message, 'string')
        assert.equal((await service.post('/api/instance')).status, 200)
    })

    it('answers every wrong input with 4xx that names the field, and changes nothing', async () => {
        const commands = service.plug.commands.length
        const numbers: unknown[] = [
            -1,
            '-1',
            'abc',
            '',
            ' ',
            true,
            [],
            [5],
            {},
            { valueOf: 1 },
            '0x10',
            '1e999',
            'NaN',
            'Infinity',
            '1\0',
            'x'.repeat(1 << 20),
        ]
        for (const value of numbers) {
            for (const [path, field] of [['/api/start-wait-stop', 'duration'], ...(value === '' ? [] : [['/api/instance', 'timeout']])] as [
                string,
                string,
            ][]) {
                const answer = await service.post(path, { [field]: value })
                const what = `${path} ${JSON.stringify(value).slice(0, 40)}`
                assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`)
                assert.match(answer.body.message, new RegExp(field), what)
            }
        }
        for (const body of [
            '[]',
            '[{"timeout":5}]',
            '{"__proto__":{"timeout":5}}',
            '{"timeout":{"__proto__":5}}',
            '{"timeout":NaN}',
            '{"timeout":',
        ]) {
            const answer = await service.post('/api/instance', body)
            assert.ok(answer.status >= 400, body)
            assert.notEqual(answer.status, 200, body)
        }
        for (const query of ['', '?duration=', '?duration=-1', '?duration=1&duration=2', '?duration=x']) {
            const answer = await service.get(`/api/wait${query}`)
            assert.equal(answer.status, 422, query)
            assert.match(answer.body.message, /duration/)
        }
        assert.equal((await service.post('/api/start-wait-stop')).status, 422)
        assert.equal((await service.post('/api/start-wait-stop', [])).status, 422)
        assert.equal((await service.post('/api/start-wait-stop', 'null')).status, 400)
        assert.deepEqual((await service.get('/api/server/status')).body.runningInstances, [])
        assert.equal(service.plug.commands.slice(commands).filter(({ topic }) => topic.endsWith('POWER')).length, 0)
    })
})
