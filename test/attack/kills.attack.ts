import assert from 'node:assert/strict'
import { HEAP } from '../support/attack.ts'
import { eventually } from '../support/file.ts'
import { FleetObserver, update } from '../support/fleet-observer.ts'
import { Gateway } from '../support/gateway.ts'
import { random } from '../support/random.ts'
import { Service } from '../support/service.ts'

const KILLS = 12
const KILLS_AMONG_COMMANDS = 24

/** A command as the gateway has it; times are milliseconds since 1970. */
type Kept = { id: string; status: string; history: { at: number }[]; notAfter: number }

describe('killed again and again', function () {
    this.timeout(500_000)

    it(`the smart-socket service forgets no start, no stop and no halt that it acknowledged, ${KILLS} times`, async () => {
        const service = await Service.start({ env: HEAP })
        const draw = random(7)
        const started = new Set<string>()
        const stopped = new Set<string>()
        for (let kill = 0; kill < KILLS; kill++) {
            let left = 5 + Math.floor(draw() * 40)
            const client = async () => {
                while (left-- > 0) {
                    const { status, body } = await service.post('/api/instance')
                    assert.equal(status, 200, JSON.stringify(body))
                    started.add(body.instance.id)
                    if (Math.floor(draw() * 2) === 0) continue
                    started.delete(body.instance.id)
                    const answer = await service.put(`/api/instance/${body.instance.id}`)
                    if (answer.status === 200) stopped.add(body.instance.id)
                }
            }
            await Promise.all(Array.from({ length: 4 }, client))
            const halts = Math.floor(draw() * 4) === 0
            if (halts) for (const id of (await service.post('/api/emergency-stop')).body.stoppedInstances) started.delete(id)
            await service.red.kill()
            await service.again()
            await service.heard()
            const { body } = await service.get('/api/server/status')
            assert.equal(body.isEmergencyStopped, halts)
            for (const id of started) assert.ok(body.runningInstances.includes(id), `${id} was started`)
            for (const id of stopped) assert.ok(!body.runningInstances.includes(id), `${id} was stopped`)
            if (halts) await service.put('/api/recover')
        }
        for (const id of (await service.get('/api/server/status')).body.runningInstances) await service.put(`/api/instance/${id}`)
        await service.relay(false)
        await service.close()
    })

    it(`the fleet observer has every update that it acknowledged, ${KILLS} times`, async () => {
        const observer = await FleetObserver.start({ env: HEAP })
        const draw = random(8)
        let count = 0
        for (let kill = 0; kill < KILLS; kill++) {
            const acknowledged = new Map<string, number>()
            await Promise.all(
                ['0001', '0002', '0003'].map(async (serial) => {
                    const device = await observer.connect('/update/')
                    const last = 20 + Math.floor(draw() * 60)
                    for (let id = 1; id <= last; id++) {
                        const value = ++count
                        device.send(update(String(id).padStart(4, '0'), serial, { count: value }))
                        await device.until(({ message }) => message === `${String(id).padStart(4, '0')}:${serial}:OK`)
                        acknowledged.set(serial, value)
                    }
                }),
            )
            await observer.red.kill()
            await observer.again()
            const viewer = await observer.connect('/client/')
            const { message: rows } = await viewer.until(({ type }) => type === 'INIT')
            for (const [serial, value] of acknowledged)
                assert.equal(rows.find((row: Record<string, unknown>) => row.serial_number === serial)?.count, value)
            await observer.leave()
        }
        await observer.stop()
    })

    it(`the actuation gateway ends each command once, and sends none too late, ${KILLS_AMONG_COMMANDS} times`, async () => {
        const gateway = await Gateway.start({ env: HEAP })
        const draw = random(9)
        const given = new Set<string>()
        const late: string[] = []
        const order = { componentId: 'led', command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] }
        for (let kill = 0; kill <= KILLS_AMONG_COMMANDS; kill++) {
            const lamp = await gateway.device('lamp', { answers: true })
            lamp.client.on('message', (data) => {
                const { code, id, notAfter } = JSON.parse(String(data))
                if (code !== 1024) return
                if (Date.now() > notAfter) late.push(id)
                lamp.say({ type: 'answer', id, status: 'done' })
            })
            const giving = Array.from({ length: 10 }, () => gateway.ask('POST', 'acme/lamp', order).catch(() => undefined))
            // The first frame says that it is connected.
            await lamp.hears(2 + Math.floor(draw() * giving.length))
            if (kill < KILLS_AMONG_COMMANDS) await gateway.kill()
            for (const answer of await Promise.all(giving)) {
                // Those that were not answered before a kill add up: the device may have too many.
                if (!answer || answer.status === 429) continue
                assert.equal(answer.status, 202, JSON.stringify(answer.body))
                given.add(answer.body.command.id)
            }
        }
        const list = async () => (await gateway.ask('GET', 'acme/commands?limit=1000')).body.commands as Kept[]
        await eventually(async () => (await list()).every(({ status }) => !['waiting', 'sent', 'received'].includes(status)))
        const commands = await list()
        const lines = async () => Map.groupBy(await gateway.audit(), ({ id }) => id)
        let told = await lines()
        await eventually(async () => {
            told = await lines()
            return [...given].every((id) => told.has(id))
        })
        for (const { id, status, history, notAfter } of commands) {
            // A machine that has much to do may not have a Node-RED and its device back before the time of a command is over.
            const isTooLate = status === 'expired' && history.at(-1)!.at >= notAfter
            assert.ok(['result', 'unreachable'].includes(status) || isTooLate, `${id}: ${status}`)
            for (const line of told.get(id) ?? []) assert.equal(line.status, status, id)
        }
        const known = new Set(commands.map(({ id }) => id))
        for (const id of given) assert.ok(known.has(id), `${id} was given`)
        assert.deepEqual([late, given.size > KILLS_AMONG_COMMANDS], [[], true])
        await gateway.close()
    })
})
