import assert from 'node:assert/strict'
import { checkCallback } from '../support/openapi.ts'
import { example, Receiver, Service } from '../support/service.ts'

/** Numbers that look random and are the same in every run. */
function* random(seed: number): Generator<number, never> {
    for (let state = seed; ; ) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        yield state / 2 ** 32
    }
}

type Known = 'started' | 'stopping' | 'stopped'

/** A client that starts and stops as fast as it is answered, and remembers what it was told. */
async function work(service: Service, known: Map<string, Known>, draw: () => number, acknowledged: () => void): Promise<void> {
    for (;;) {
        const mine = [...known].filter(([, state]) => state === 'started').map(([id]) => id)
        if (mine.length > 0 && draw() < 0.6) {
            const id = mine[Math.floor(draw() * mine.length)]!
            known.set(id, 'stopping')
            const { status } = await service.put(`/api/instance/${id}`)
            assert.equal(status, 200)
            known.set(id, 'stopped')
        } else {
            const { status, body } = await service.post('/api/instance')
            assert.equal(status, 200, JSON.stringify(body))
            known.set(body.instance.id, 'started')
        }
        acknowledged()
    }
}

describe('killed in the middle of it, the smart-socket service', () => {
    let service: Service
    before(async () => {
        service = await Service.start()
    })
    afterEach(() => service.renew())
    after(() => service.close())

    it('has forgotten nothing it acknowledged, and leaves the plug on for nobody', async () => {
        const numbers = random(20)
        const draw = () => numbers.next().value
        const known = new Map<string, Known>()
        let total = 0
        while (total < 200) {
            const wanted = total + 15 + Math.floor(draw() * 20)
            await new Promise<void>((enough, failed) => {
                const acknowledged = () => ++total === wanted && enough()
                // A client ends when the service it talks to does: none of them, before there is enough.
                for (let client = 0; client < 3; client++) work(service, known, draw, acknowledged).catch(failed)
            })
            await service.red.kill()
            await service.again()
            await service.heard()
            for (const [id, state] of known) {
                const { status, body } = await service.get(`/api/instance/${id}`)
                assert.equal(status, 200, `${id} was ${state}`)
                if (state === 'started') assert.equal(body.instance.stopTimestamp, null, `${id} was started`)
                if (state === 'stopped') assert.ok(body.instance.stopTimestamp, `${id} was stopped`)
                if (state === 'stopping') known.set(id, body.instance.stopTimestamp ? 'stopped' : 'started')
            }
            const running: string[] = (await service.get('/api/server/status')).body.runningInstances
            if (running.length > 0) assert.equal(service.plug.relays[0], true)
            // What was started for a client that was never told goes too.
            for (const id of running) if (!known.has(id)) known.set(id, 'started')
        }
        for (const id of (await service.get('/api/server/status')).body.runningInstances) await service.put(`/api/instance/${id}`)
        await service.relay(false)
    })

    it('switches off what it had switched on for nobody', async () => {
        service.plug.fault = 'silent'
        const asked = service.post('/api/instance').catch(() => {})
        await service.relay(true)
        await service.red.kill()
        await asked
        service.plug.fault = undefined
        await service.again()
        await service.relay(false)
        assert.deepEqual((await service.get('/api/server/status')).body.runningInstances, [])
    })

    it('has the plug go off by itself, if it has an off-guard, though it was killed as soon as the plug had heard ON, and is not back', async () => {
        const flows = (await example('smart-socket-service')) as { id: string }[]
        const guarded = flows.map((node) => (node.id === 'socketworks.socket' ? { ...node, offGuard: true } : node))
        await service.renew({ flows: guarded, plug: { speed: 20 } })
        const killed = new Promise<void>((resolve) => {
            service.plug.on('command', ({ topic, payload }) => {
                if (topic.endsWith('/POWER') && payload === 'ON') resolve(service.red.kill())
            })
        })
        const asked = service.post('/api/instance', { timeout: 30_000 }).catch(() => {})
        await killed
        await asked
        assert.equal(service.plug.relays[0], true)
        await service.relay(false)
        assert.equal(service.told('OFF'), 0)
        await service.again()
    })

    it('goes on waiting, stops in time and calls back', async () => {
        const receiver = await Receiver.listen(checkCallback)
        const answer = await service.post('/api/start-wait-stop', { duration: 3 }, { 'CPEE-CALLBACK': receiver.url })
        await service.red.kill()
        await service.again()
        const { body } = await receiver.called(1)
        assert.equal(body.instance.id, answer.body.instance.id)
        assert.equal(body.instance.isManuallyStopped, false)
        const { startTimestamp, stopTimestamp } = body.instance
        assert.ok(Date.parse(stopTimestamp) - Date.parse(startTimestamp) >= 3000)
        assert.equal(service.plug.relays[0], false)
        await receiver.close()
    })

    it('stops at the next start what has run for its time meanwhile', async () => {
        const { instance } = (await service.post('/api/instance', { timeout: 500 })).body
        await service.red.kill()
        await service.again()
        await service.relay(false)
        assert.ok((await service.get(`/api/instance/${instance.id}`)).body.instance.stopTimestamp)
    })

    it('stays stopped in an emergency', async () => {
        await service.post('/api/instance')
        await service.post('/api/emergency-stop')
        await service.red.kill()
        service.plug.press()
        await service.again()
        await service.relay(false)
        assert.equal((await service.post('/api/instance')).status, 409)
        await service.put('/api/recover')
        assert.equal((await service.post('/api/instance')).status, 200)
    })
})
