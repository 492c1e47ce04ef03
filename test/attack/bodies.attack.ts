import assert from 'node:assert/strict'
import { HEAP, lives } from '../support/attack.ts'
import { Service } from '../support/service.ts'

const endpoints: [string, string][] = [
    ['POST', '/api/instance'],
    ['POST', '/api/start-wait-stop'],
    ['PUT', '/api/instance/unknown'],
    ['DELETE', '/api/instance/unknown'],
]

/** Whatever else these do with it, none of it is a duration or an id. */
const bodies = [
    'null',
    '[]',
    '[[]]',
    '{}}',
    '{"timeout":null,"duration":null',
    '"\\ud800"',
    '{"timeout":"1e999","duration":"1e999"}',
    '{"timeout":-1,"duration":-1}',
    '{"timeout":"0x10","duration":"0x10"}',
    '{"timeout":{"valueOf":1},"duration":{"toString":1}}',
    '{"timeout":[1],"duration":[1]}',
    '{"timeout":true,"duration":true}',
    '{"__proto__":{"timeout":1,"duration":1}}',
    '{"constructor":{"prototype":{"timeout":1}},"timeout":{},"duration":{}}',
    '{"timeout":1e308,"duration":1e308}',
    '{"timeout":"$eval(1)","duration":"$eval(1)"}',
    '{"timeout":"1; drop table instances","duration":"1; drop table instances"}',
    JSON.stringify({ timeout: '9'.repeat(100_000), duration: '9'.repeat(100_000) }),
    JSON.stringify({ timeout: 'x\0y', duration: 'x\0y' }),
    JSON.stringify({ timeout: Array(10_000).fill(0), duration: Array(10_000).fill(0) }),
]
const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-7']

describe('attacked with odd bodies, the smart-socket service', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        service = await Service.start({ env: HEAP })
    })
    after(() => service.close())

    for (const [method, path] of endpoints)
        it(`${method} ${path} answers ${bodies.length * types.length} of them, and lives on`, async () => {
            for (const type of types)
                for (const body of bodies) {
                    const answer = await service.request(method, path, body, { 'content-type': type })
                    assert.notEqual(answer.status, 500, `${type} ${body.slice(0, 60)}: ${JSON.stringify(answer.body).slice(0, 200)}`)
                    if (answer.body?.instance) await service.delete(`/api/instance/${answer.body.instance.id}`)
                }
            await lives(service.red)
        })

    it('nobody runs afterwards, and the plug is off', async () => {
        assert.deepEqual((await service.get('/api/server/status')).body.runningInstances, [])
        await service.relay(false)
    })
})
