import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Flow, type FlowOptions, type Message, type Way } from '../support/flow.ts'

describe('power-monitor', () => {
    let flow: Flow
    let dir: string
    beforeEach(async () => {
        dir = await mkdtemp(join(tmpdir(), 'socketworks-'))
    })
    afterEach(async () => {
        await flow.close()
        await rm(dir, { recursive: true })
    })
    const open = async (options: FlowOptions = {}) => {
        flow = await Flow.open('power-monitor', { ...options, socket: { confirm: '0.6', ...options.socket } })
    }
    const event = async (way: Way, kind: string) => {
        const msg = await flow.arrives(way, (one) => one.event === kind)
        assert.deepEqual([msg.socket, msg.topic], ['heater', 'heater'])
        assert.ok(Math.abs(Date.parse(msg.payload.timestamp) - Date.now()) < 20_000)
        assert.equal(new Date(msg.payload.timestamp).toISOString(), msg.payload.timestamp)
        return msg.payload
    }
    const kinds = () => flow.outcomes.map(({ way, msg }) => [way, msg.event])

    it('tells each event by its own output', async () => {
        await open()
        const { id } = await flow.socket!.start()
        const reading = (await event(1, 'reading')).reading
        for (const key of ['power', 'apparentPower', 'reactivePower', 'factor', 'voltage', 'current', 'today', 'total'])
            assert.ok(key in reading, key)
        assert.equal((await event(2, 'on')).owner, id)
        assert.deepEqual(Object.keys(await event(4, 'started')), ['timestamp', 'instanceId'])
        await flow.socket!.stop(id)
        assert.equal((await event(2, 'off')).owner, id)
        const stopped = await event(4, 'stopped')
        assert.deepEqual([stopped.instanceId, stopped.reason], [id, 'stopped'])
        await flow.socket!.emergencyStop()
        assert.deepEqual((await event(5, 'emergency')).stoppedInstances, [])
        await flow.socket!.recover()
        assert.deepEqual(Object.keys(await event(5, 'recovered')), ['timestamp'])
        assert.ok(kinds().every(([way]) => way !== 6 && way !== 'caught'))
    })

    it('tells of a pressed button and of what that stopped', async () => {
        await open()
        const { id } = await flow.socket!.start()
        flow.plug.press()
        const manual = await flow.arrives(2, (msg) => msg.event === 'manual')
        assert.equal(manual.payload.power, 'off')
        const stopped = await event(4, 'stopped')
        assert.deepEqual([stopped.instanceId, stopped.reason], [id, 'manual'])
    })

    it('tells of a time that is over', async () => {
        await open()
        await flow.socket!.start(50)
        assert.equal((await event(4, 'stopped')).reason, 'timeout')
    })

    it('tells of a plug that goes and comes', async () => {
        await open()
        flow.plug.goOffline()
        await event(3, 'unreachable')
        await flow.plug.comeBack()
        await event(3, 'reachable')
    })

    it('tells nothing once it is closed', async () => {
        await open()
        const { socket } = flow
        await event(1, 'reading')
        await flow.node().close(false)
        const before = flow.outcomes.length
        await socket!.start()
        await new Promise(setImmediate)
        assert.equal(flow.outcomes.length, before)
    })

    describe('with the detection of appliances', () => {
        const detect = { detect: 'true', startPower: '100', startHold: '0', finishPower: '50', finishHold: '0.2' }
        const finished = (msg: Message) => msg.event === 'appliance-finished'

        it('tells when one starts and finishes, also over a restart', async () => {
            const settings = detect
            await open({ settings, socket: { interval: '0.1', tariff: '1' }, store: { kind: 'file', file: join(dir, 'store.sqlite') } })
            flow.plug.setPower(500)
            await flow.socket!.start()
            const started = await event(6, 'appliance-started')
            assert.deepEqual([started.energy, started.duration], [null, null])
            await flow.redeploy()
            const seen = flow.outcomes.length
            await flow.arrives(1, (msg) => flow.outcomes.findIndex((outcome) => outcome.msg === msg) >= seen)
            assert.equal(flow.outcomes.filter(({ msg }) => msg.event === 'appliance-started').length, 1)
            flow.plug.setPower(10)
            const end = (await flow.arrives(6, finished)).payload
            assert.equal(typeof end.energy, 'number')
            assert.ok(Math.abs(end.cost - end.energy) < 1e-6, `${end.energy} kWh at 1 cost ${end.cost}`)
            // Times are those of the wall clock and durations those of the other one, each rounded by itself.
            const between = Date.parse(end.timestamp) - Date.parse(started.timestamp)
            assert.ok(Math.abs(end.duration - between) <= 2, `${end.duration} ms, with ${between} between the times`)
            await flow.close()
        })

        it('reads the meter by itself while the plug is on, be it without an instance', async () => {
            await open({ settings: detect })
            flow.plug.setPower(500)
            flow.plug.press()
            await event(6, 'appliance-started')
            assert.deepEqual((await flow.socket!.status()).runningInstances, [])
        })

        it('tells a pause, which is no end, and the end once it was too long', async () => {
            await open({ settings: { ...detect, longestPause: '1', shortestRun: '1 min' }, socket: { interval: '0.1' } })
            flow.plug.setPower(500)
            await flow.socket!.start()
            await event(6, 'appliance-started')
            flow.plug.setPower(10)
            await event(6, 'appliance-paused')
            flow.plug.setPower(500)
            const resumed = await event(6, 'appliance-resumed')
            flow.plug.setPower(10)
            const aborted = await event(6, 'appliance-aborted')
            assert.deepEqual([typeof aborted.energy, aborted.quality], ['number', 'counter'])
            assert.ok(aborted.timestamp > resumed.timestamp)
        })

        it('tells that the meter is silent and heard again, and that nothing finished meanwhile', async () => {
            await open({ settings: { ...detect, silence: '2' } })
            flow.plug.setPower(500)
            await flow.socket!.start()
            await event(6, 'appliance-started')
            flow.plug.setPower(10)
            flow.plug.fault = 'silent'
            await event(6, 'appliance-silent')
            assert.ok(!flow.outcomes.some(({ msg }) => finished(msg)))
            flow.plug.fault = undefined
            await event(6, 'appliance-heard')
            await flow.arrives(6, finished)
        })

        it('learns the idle power when a message comes in, and says why it could not', async () => {
            await open({ settings: { ...detect, learnFor: '0.5' }, socket: { interval: '0.1' } })
            flow.node().receive({ payload: 'now' } as never)
            assert.equal((await event(6, 'appliance-not-learned')).reason, 'off')
            flow.plug.setPower(120)
            await flow.socket!.start()
            await event(6, 'appliance-started')
            flow.node().receive({ payload: 'now' } as never)
            assert.equal((await event(6, 'appliance-learned')).idlePower, 120)
            await flow.arrives(6, finished)
        })

        it('has nothing to learn where it is not set to', async () => {
            await open()
            flow.node().receive({ payload: 'now' } as never)
            const caught = await flow.arrives('caught')
            assert.equal(caught.error.code, 'NO_CONFIG')
        })

        it('tells everything else while the store is away', async () => {
            const file = join(dir, 'store.sqlite')
            await writeFile(file, 'this is no database')
            await open({ settings: detect, store: { kind: 'file', file }, hasty: true })
            await flow.shows('red', 'common.status.storeAway')
            await event(3, 'reachable')
            await rm(file)
            await flow.shows('grey', 'common.status.off')
            flow.plug.setPower(500)
            await flow.socket!.start()
            await event(6, 'appliance-started')
            await flow.close()
        })
    })

    it('says which setting is wrong', async () => {
        await open({ settings: { detect: 'maybe' } })
        await flow.shows('red', /^detect: must be true or false/)
        await flow.redeploy({ settings: { startPower: '-1' } })
        await flow.shows('red', /^startPower: /)
        await flow.redeploy({ settings: { socket: 'nowhere' } })
        await flow.shows('red', /nowhere is missing or disabled/)
    })
})
