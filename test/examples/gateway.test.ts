import assert from 'node:assert/strict'
import { connectAsync, type MqttClient } from 'mqtt'
import { ActuatedDevice } from '../../simulators/actuated/device.ts'
import { eventually } from '../support/file.ts'
import { Gateway } from '../support/gateway.ts'
import type { OispDevice } from '../support/oisp.ts'

/** The example actuation-gateway, as its users have it. */
describe('the actuation gateway', function () {
    this.timeout(120_000)
    let gateway: Gateway
    const clients: MqttClient[] = []
    const LED = (value: unknown = '1', more: object = {}) => ({
        ...{ componentId: 'led', command: 'LED.v1.0', params: [{ name: 'LED', value }] },
        ...more,
    })
    /** Does what it is told to. */
    const obey = (device: OispDevice, status = 'done') =>
        device.client.on('message', (data) => {
            const { code, id } = JSON.parse(String(data))
            if (code === 1024) device.say({ type: 'answer', id, status, value: { LED: 1 }, reason: 'so' })
        })
    const commandsOf = (device: OispDevice) => device.answers.filter(({ code }) => code === 1024)
    /** What became of a command, once it has ended. */
    async function ended(id: string): Promise<Record<string, unknown>> {
        for (;;) {
            const { body } = await gateway.ask('GET', `acme/commands/${id}`)
            if (!['waiting', 'sent', 'received'].includes(body.command.status)) return body.command
        }
    }

    before(async () => {
        gateway = await Gateway.start()
    })
    after(async () => {
        await Promise.all(clients.map((client) => client.endAsync(true)))
        await gateway.close()
    })

    it('sends a device of the seed its exact frame, and tells what became of it', async () => {
        const lamp = await gateway.device('lamp')
        const { status, headers, body } = await gateway.ask('POST', 'acme/lamp', LED())
        assert.deepEqual([status, headers.get('location')], [202, `/api/actuation/acme/commands/${body.command.id}`])
        const content = { accountId: 'acme', deviceId: 'lamp', gatewayId: 'lamp', ...LED() }
        assert.deepEqual((await lamp.hears(2))[1], { code: 1024, content: { type: 'command', transport: 'ws', content } })
        const { status: outcome, caller, history } = (await ended(body.command.id)) as { [name: string]: unknown; history: object[] }
        const steps = (history as { status: string }[]).map((step) => step.status)
        assert.deepEqual([outcome, caller, steps], ['acknowledged', 'operator', ['waiting', 'sent', 'acknowledged']])
        lamp.client.terminate()
    })

    it('waits for what a device answers', async () => {
        const [heater, valve] = [await gateway.device('heater', { answers: true }), await gateway.device('valve', { answers: true })]
        obey(heater)
        obey(valve, 'refused')
        const done = await gateway.ask('POST', 'acme/heater?wait=30', LED())
        assert.deepEqual([done.status, done.body.command.status, done.body.command.value], [200, 'result', { LED: 1 }])
        const refused = await gateway.ask('POST', 'acme/valve?wait=30', LED())
        assert.deepEqual([refused.status, refused.body.command.status, refused.body.command.cause], [409, 'rejected', 'REFUSED'])
        const again = { 'idempotency-key': 'k1' }
        const [one, two] = [
            await gateway.ask('POST', 'acme/heater?wait=30', LED(), undefined, again),
            await gateway.ask('POST', 'acme/heater?wait=30', LED(), undefined, again),
        ]
        assert.equal(one.body.command.id, two.body.command.id)
        assert.equal(commandsOf(heater).length, 2)
        assert.equal((await gateway.ask('POST', 'acme/heater', LED('0'), undefined, again)).status, 422)
        const { body } = await gateway.ask('GET', 'acme/devices')
        const here = body.devices.map(({ deviceId }: { deviceId: string }) => deviceId)
        assert.ok(here.includes('heater') && here.includes('valve'), here)
        for (const device of [heater, valve]) device.client.terminate()
    })

    it('keeps what is for a device that is away, until it is withdrawn, replaced or too late', async () => {
        const fan = await gateway.device('fan')
        fan.client.close()
        await fan.gone()
        const [first, second, third, short] = [
            await gateway.ask('POST', 'acme/fan', LED('0')),
            await gateway.ask('POST', 'acme/fan', LED('1', { collapseKey: 'LED' })),
            await gateway.ask('POST', 'acme/fan', LED('2', { collapseKey: 'LED' })),
            await gateway.ask('POST', 'acme/fan?wait=30', LED('3', { notAfter: Date.now() + 300 })),
        ].map(({ status, body }) => ({ status, id: body.command.id })) as { status: number; id: string }[]
        assert.deepEqual([first!.status, second!.status, third!.status, short!.status], [202, 202, 202, 410])
        assert.equal((await gateway.ask('DELETE', `acme/commands/${first!.id}`)).status, 200)
        assert.equal((await gateway.ask('DELETE', `acme/commands/${first!.id}`)).status, 409)
        const back = await gateway.device('fan')
        await back.hears(2)
        await ended(third!.id)
        assert.deepEqual(
            commandsOf(back).map(({ content }) => (content as { content: { params: { value: string }[] } }).content.params[0]!.value),
            ['2'],
        )
        const { body } = await gateway.ask('GET', 'acme/commands?device=fan')
        const all = body.commands.map(({ status, cause }: { status: string; cause?: string }) => [status, cause].filter(Boolean).join(' '))
        assert.deepEqual(all.sort(), ['acknowledged', 'expired', 'rejected SUPERSEDED', 'rejected WITHDRAWN'])
        back.client.terminate()
    })

    it('lets nobody reach another account, and tells nothing of it', async () => {
        const theirs = await gateway.device('safe', {}, 'other')
        const foreign = await gateway.issuer.token({ sub: 'spy', accounts: [{ id: 'spies' }] })
        const own = await gateway.ask('POST', 'acme/lamp', LED())
        const id = own.body.command.id
        for (const [method, path, token] of [
            ['POST', 'other/safe', undefined],
            ['POST', 'nobody/safe', undefined],
            ['POST', 'acme/lamp', foreign],
            ['GET', `acme/commands/${id}`, foreign],
            ['DELETE', `acme/commands/${id}`, foreign],
            ['GET', 'acme/devices', foreign],
            ['GET', 'acme/catalogue', foreign],
            ['PUT', 'acme/catalogue/led', foreign],
        ] as const) {
            const { status, body } = await gateway.ask(method, path, method === 'GET' ? undefined : LED(), token)
            assert.deepEqual([status, body.message], [404, 'there is no such account'], `${method} ${path}`)
        }
        assert.equal((await gateway.ask('GET', `spies/commands/${id}`, undefined, foreign)).status, 404)
        assert.equal((await gateway.ask('POST', 'acme/safe', LED())).status, 404)
        assert.equal((await gateway.ask('POST', 'acme/lamp', LED(), '')).status, 401)
        assert.equal((await gateway.ask('POST', 'acme/lamp', LED(), 'wrong')).status, 401)
        const device = await gateway.issuer.token({ sub: 'lamp' })
        assert.equal((await gateway.ask('POST', 'acme/lamp', LED(), device)).status, 401)
        theirs.say({ type: 'ping' })
        assert.equal((await theirs.hears(2))[1]!.code, 202)
        theirs.client.terminate()
    })

    it('checks commands against the catalogue', async () => {
        const commands = { 'LED.v1.0': { params: { LED: { type: 'integer', min: 0, max: 1 } } } }
        assert.equal((await gateway.ask('PUT', 'acme/catalogue/checked', { commands, version: 0 })).status, 201)
        assert.equal((await gateway.ask('PUT', 'acme/catalogue/checked', { commands, version: 0 })).status, 412)
        assert.equal((await gateway.ask('PUT', 'acme/catalogue/checked', { commands: { x: { params: { y: {} } } } })).status, 422)
        const { status, body } = await gateway.ask('POST', 'acme/lamp', LED('2', { componentId: 'checked' }))
        assert.deepEqual([status, body.errors], [422, [{ path: 'params[0].value', message: 'must be at most 1' }]])
        assert.equal((await gateway.ask('POST', 'acme/lamp', LED('1', { componentId: 'checked' }))).status, 202)
        assert.equal((await gateway.ask('POST', 'acme/lamp', { params: 7 })).status, 422)
        assert.equal((await gateway.ask('GET', 'acme/catalogue')).body.components.length, 1)
        assert.equal((await gateway.ask('DELETE', 'acme/catalogue/checked')).status, 200)
        assert.equal((await gateway.ask('DELETE', 'acme/catalogue/checked')).status, 404)
    })

    it('tells one of 500 devices, once', async () => {
        const many = await Promise.all(Array.from({ length: 500 }, (_, i) => gateway.device(`d${i}`)))
        const { body } = await gateway.ask('POST', 'acme/d42?wait=30', LED())
        assert.equal(body.command.status, 'acknowledged')
        assert.deepEqual(
            many.flatMap((device, i) => commandsOf(device).map(() => i)),
            [42],
        )
        for (const device of many) device.client.terminate()
    })

    it('commands the simulated devices, which vanish, are slow, refuse and say wrong things', async () => {
        const simulate = async (id: string, more: object) => {
            const usual = { kind: 'led', answers: true, delay: 0, refuse: 0, silent: 0, vanish: 0, wrong: 0, reconnect: 50 } as const
            const token = await gateway.issuer.token({ sub: id })
            const device = new ActuatedDevice({ ...usual, url: gateway.url, id, token, random: () => 0.5, ...more })
            await new Promise<void>((resolve) => device.on('told', (what) => what.startsWith('200') && resolve()))
            return device
        }
        const [led, room, grumpy, odd] = await Promise.all([
            simulate('led', { vanish: 1.5, delay: 200 }),
            simulate('room', { kind: 'thermostat', delay: 300 }),
            simulate('grumpy', { refuse: 1 }),
            simulate('odd', { wrong: 0.1 }),
        ])
        const sent = Array.from({ length: 10 }, (_, i) => gateway.ask('POST', 'acme/led?wait=30', LED(`${i}`)))
        assert.deepEqual(
            (await Promise.all(sent)).map(({ body }) => body.command.status),
            Array(10).fill('result'),
        )
        const target = { componentId: 'heat', command: 'set.v1.0', params: { target: 21.5 } }
        assert.deepEqual((await gateway.ask('POST', 'acme/room?wait=30', target)).body.command.value, { target: 21.5 })
        assert.equal((await gateway.ask('POST', 'acme/room?wait=30', LED())).body.command.cause, 'FAILED')
        assert.equal((await gateway.ask('POST', 'acme/grumpy?wait=30', LED())).body.command.cause, 'REFUSED')
        await new Promise<void>((resolve) => odd.on('told', (what) => what === '401 Wrong message format' && resolve()))
        assert.equal((await gateway.ask('POST', 'acme/odd?wait=30', LED())).body.command.status, 'result')
        assert.deepEqual(room.state, { target: 21.5 })
        for (const device of [led, room, grumpy, odd]) device.stop()
    })

    it('takes from MQTT what it takes by POST, and names and counts what it cannot take', async () => {
        const { issuer, mqtt } = gateway
        const [lamp, theirs] = [await gateway.device('porch'), await gateway.device('vault', {}, 'other')]
        const [token, foreign, ofDevice] = await Promise.all([
            issuer.token({ sub: 'rules' }),
            issuer.token({ sub: 'spy', accounts: [{ id: 'spies' }] }),
            issuer.token({ sub: 'porch' }),
        ])
        const bus = await connectAsync(mqtt.url)
        clients.push(bus)
        const content = (more: object) => ({ accountId: 'acme', deviceId: 'porch', gatewayId: 'porch', ...LED(), ...more })
        const actuation = (more: object = {}, password: unknown = token, type = 'actuation') => {
            const credentials = password === null ? undefined : { username: 'rules', password }
            return JSON.stringify({ type, credentials, body: { type: 'command', transport: 'ws', content: content(more) } })
        }
        const say = (text: string, retain = false) => bus.publishAsync('actuation', text, { retain })

        // It may listen only after this: said again with the same key, it is the same command.
        for (let heard = false; !heard; heard = commandsOf(lamp).length > 0) {
            await say(actuation({ idempotencyKey: 'once' }))
            await Promise.race([lamp.hears(2), new Promise((resolve) => setTimeout(resolve, 200))])
        }
        await say(actuation({ accountId: undefined, domainId: 'acme', ...LED('0') }))
        const frames = (await lamp.hears(3)).slice(1)
        const frame = (value: string) => ({ code: 1024, content: { type: 'command', transport: 'ws', content: content(LED(value)) } })
        assert.deepEqual(frames, [frame('1'), frame('0')])
        const { body } = await gateway.ask('POST', 'acme/porch?wait=30', LED())
        const list = async () => (await gateway.ask('GET', 'acme/commands?device=porch')).body.commands as Record<string, unknown>[]
        await eventually(async () => (await list()).every(({ status }) => status === 'acknowledged'))
        assert.deepEqual((await list()).map(({ caller, origin }) => `${caller} by ${origin}`).sort(), [
            'operator by rest',
            'rules by mqtt',
            'rules by mqtt',
        ])

        const wrong: [code: string, text: string][] = [
            ['UNREADABLE', '{"type":"actuation",'],
            ['NO_ACTUATION', actuation({}, token, 'device')],
            ['NO_ACTUATION', '[]'],
            ['UNAUTHORIZED', actuation({}, null)],
            ['UNAUTHORIZED', actuation({}, `${token}x`)],
            ['UNAUTHORIZED', actuation({}, ofDevice)],
            ['UNAUTHORIZED', actuation({}, { $gt: '' })],
            ['NOT_FOUND', actuation({}, foreign)],
            ['NOT_FOUND', actuation({ accountId: 'other', deviceId: 'vault' })],
            ['UNKNOWN_DEVICE', actuation({ deviceId: 'nobody' })],
            ['BAD_INPUT', actuation({ command: undefined })],
            ['BAD_INPUT', JSON.stringify({ type: 'actuation', credentials: { password: token }, body: 'now' })],
        ]
        for (const [, text] of wrong) await say(text)
        const refused = async () => (await gateway.audit()).filter(({ status }) => status === 'refused')
        await eventually(async () => (await refused()).length >= wrong.length)
        // One that was retained is a command when it is said, and none when the broker says it again.
        await say(actuation({ idempotencyKey: 'kept' }), true)
        await lamp.hears(5)
        mqtt.kickAll()
        await eventually(async () => (await refused()).length > wrong.length)
        const lines = await refused()
        assert.deepEqual(lines.map(({ code }) => code).sort(), [...wrong.map(([code]) => code), 'RETAINED'].sort())
        assert.deepEqual(
            lines.map(({ count }) => count),
            lines.map((_, i) => i + 1),
        )
        for (const { origin, topic, reason } of lines) assert.deepEqual([origin, topic, typeof reason], ['mqtt', 'actuation', 'string'])
        const trail = (await gateway.audit()).find(({ id }) => id === body.command.id)!
        assert.deepEqual([trail.status, trail.caller, trail.origin], ['acknowledged', 'operator', 'rest'])
        assert.deepEqual([commandsOf(lamp).length, commandsOf(theirs).length], [4, 0])
        for (const device of [lamp, theirs]) device.client.terminate()
    })

    it('loses nothing when it is killed, and ends each command once', async () => {
        const ids: string[] = []
        const got = new Map<string, number>()
        const count = (device: OispDevice) => {
            obey(device)
            device.client.on('message', (data) => {
                const { code, id } = JSON.parse(String(data))
                if (code === 1024) got.set(id, (got.get(id) ?? 0) + 1)
            })
        }
        for (let round = 0; round < 3; round++) {
            const robot = await gateway.device('robot', { answers: true })
            count(robot)
            const giving = Array.from({ length: 20 }, async () => {
                const answer = await gateway.ask('POST', 'acme/robot', LED()).catch(() => undefined)
                if (answer) ids.push(answer.body.command.id)
            })
            if (round < 2) {
                await giving[0]
                await gateway.kill()
            }
            await Promise.all(giving)
        }
        assert.ok(ids.length >= 20)
        for (const id of ids) assert.equal((await ended(id)).status, 'result', id)
        for (const id of ids) assert.ok(got.get(id)! >= 1, id)
        const { body } = await gateway.ask('GET', 'acme/commands?device=robot&limit=1000')
        for (const { status } of body.commands) assert.ok(['result', 'unreachable'].includes(status), status)
    })

    it('says on MQTT that it is alive, and no token in its log', async () => {
        const listener = await connectAsync(gateway.mqtt.url)
        clients.push(listener)
        await listener.subscribeAsync('heartbeat')
        const beat = new Promise((resolve) => listener.once('message', (_topic, payload) => resolve(String(payload))))
        await gateway.kill()
        assert.equal(await beat, 'websocket-server')
        assert.doesNotMatch(gateway.red.log, /eyJ/)
    })
})
