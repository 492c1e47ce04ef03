import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Flow, type FlowOptions } from '../support/flow.ts'

describe('socket-status', () => {
    let flow: Flow
    const open = async (options: FlowOptions = {}) => {
        flow = await Flow.open('socket-status', options)
    }
    afterEach(() => flow.close())

    it('answers with the status, in the very message, and asks the plug nothing', async () => {
        await open({ plug: { name: 'Kettle' } })
        const { id } = await flow.socket!.start()
        const commands = flow.plug.commands.length
        const given = { payload: 'how are you?', topic: 't', req: {}, res: {} }
        const { req, res } = given
        const out = await flow.done(given)
        assert.ok(Object.is(out, given))
        assert.deepEqual([out.topic, out.req === req, out.res === res], ['t', true, true])
        const { currentTimestamp, initialEnergy, powerStatus, energyToday, ...rest } = out.payload
        assert.deepEqual(rest, {
            isEmergencyStopped: false,
            runningInstances: [id],
            connectedSocketName: 'Kettle',
            power: 'on',
            reachable: true,
        })
        assert.ok(Math.abs(Date.parse(currentTimestamp) - Date.now()) < 5000)
        assert.equal(typeof initialEnergy.voltage, 'number')
        assert.deepEqual([powerStatus.length, typeof energyToday], [1, 'number'])
        assert.equal(flow.plug.commands.length, commands)
        assert.equal(flow.completed.length, 1)
    })

    it('answers with everything, if it is set to', async () => {
        await open({ settings: { content: 'download' } })
        const { id } = await flow.socket!.start(60_000)
        const { payload } = await flow.done({})
        assert.deepEqual(Object.keys(payload), ['server', 'instances'])
        assert.deepEqual(Object.keys(payload.instances), [id])
        const { instancesStarting, instancesStopping, runningInstancesWithTimeout, runningInstances } = payload.server
        assert.deepEqual([instancesStarting, instancesStopping, runningInstancesWithTimeout, runningInstances], [[], [], [id], [id]])
    })

    it('answers with a file only where an HTTP request waits for it', async () => {
        await open({ settings: { content: 'file' } })
        await flow.refused({}, 422, 'BAD_INPUT')
    })

    it('shows what its socket does', async () => {
        await open({ socket: { confirm: '0.3', interval: '0.1' } })
        await flow.shows('grey', 'common.status.off')
        const { id } = await flow.socket!.start()
        flow.plug.setPower(1234.4)
        await flow.shows('green', '1234 W · 1 running')
        await flow.socket!.start()
        await flow.shows('green', '1234 W · 2 running')
        assert.equal(flow.status()!.shape, 'dot')
        assert.equal(typeof id, 'string')
        flow.plug.goOffline()
        await flow.shows('red', 'common.status.unreachable')
        await flow.plug.comeBack()
        await flow.shows('green', /2 running/)
        await flow.socket!.emergencyStop()
        await flow.shows('red', 'common.status.halted')
        assert.equal(flow.status()!.shape, 'dot')
        await flow.socket!.recover()
        await flow.shows('grey', 'common.status.off')
        await flow.mqtt.stop()
        await flow.shows('red', 'common.status.brokerOffline')
        await flow.mqtt.start()
        await flow.shows('grey', 'common.status.off')
    })

    it('shows that nothing was heard of the plug yet', async () => {
        await open({ socket: { topic: 'nobody' }, hasty: true })
        await flow.shows('yellow', 'common.status.unknown')
        assert.deepEqual([(await flow.done({})).payload.power, flow.socket!.view.reachable], ['unknown', undefined])
    })

    it('shows that the store is away, and gets over it', async () => {
        const dir = await mkdtemp(join(tmpdir(), 'socketworks-'))
        const file = join(dir, 'store.sqlite')
        try {
            await writeFile(file, 'this is no database')
            await open({ store: { kind: 'file', file }, hasty: true })
            await flow.shows('red', 'common.status.storeAway')
            await rm(file)
            await flow.shows('grey', 'common.status.off')
            await flow.close()
        } finally {
            await rm(dir, { recursive: true })
        }
    })
})
