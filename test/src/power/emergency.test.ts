import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'
import { refused } from '../../support/refused.ts'

describe('a socket in an emergency', () => {
    let bench: Bench
    let run: Process
    const open = async (options: BenchOptions = {}) => {
        bench = await Bench.open(options)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())

    it('stops every instance, switches off, and lets nothing start until it is recovered', async () => {
        const socket = await open()
        const instances = [await socket.start(), await socket.start()]
        const { stoppedInstances } = await socket.emergencyStop()
        assert.deepEqual(new Set(stoppedInstances), new Set(instances.map(({ id }) => id)))
        assert.equal(bench.plug.relays[0], false)
        const instance = await socket.records.get(instances[0]!.id)
        assert.equal(instance.isEmergencyStopped, true)
        assert.equal(instance.isManuallyStopped, false)
        assert.ok(instance.powerOffTimestamp)
        assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<emergency>')
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        await socket.recover()
        await socket.start()
    })

    it('beats a start that waits for the plug', async () => {
        const socket = await open({ confirm: 2000, plug: { delay: 300 } })
        bench.plug.fault = 'slow'
        const heard = once(bench.plug, 'command')
        const started = socket.start()
        await heard
        const [start, stop] = await Promise.allSettled([started, socket.emergencyStop()])
        assert.equal(stop.status, 'fulfilled')
        assert.ok(start.status === 'rejected' && refused(409, 'EMERGENCY_STOPPED')(start.reason))
        assert.equal(bench.plug.relays[0], false)
        assert.deepEqual(socket.records.status.runningInstances, [])
    })

    it('is not over while the plug is on, however often one asks', async () => {
        const socket = await open({ confirm: 500 })
        await socket.start()
        bench.plug.fault = 'deaf'
        await assert.rejects(socket.emergencyStop(), refused(500, 'NOT_CONFIRMED'))
        await assert.rejects(socket.emergencyStop(), refused(500, 'NOT_CONFIRMED'))
        assert.equal(socket.records.status.isEmergencyStopped, true)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        bench.plug.fault = undefined
        await bench.relay(false)
    })

    it('is refused with 409 by a plug that reports ON, and insists', async () => {
        const socket = await open({ confirm: 1000 })
        await socket.start()
        bench.plug.fault = 'contrary'
        await assert.rejects(socket.emergencyStop(), refused(409, 'TURNED_ON'))
        assert.equal(socket.view.halted, true)
        bench.plug.fault = undefined
        await bench.relay(false)
    })

    it('switches off again what somebody switches on', async () => {
        const socket = await open()
        await socket.emergencyStop()
        const off = next(socket, 'off')
        bench.plug.press()
        assert.equal((await off).owner, '<emergency>')
        assert.equal(bench.plug.relays[0], false)
    })

    it('reaches a plug that was away as soon as it is back', async () => {
        const socket = await open({ confirm: 500 })
        await socket.start()
        bench.plug.goOffline()
        await until(socket, () => socket.view.reachable === false)
        await assert.rejects(socket.emergencyStop(), refused(500, 'NOT_CONFIRMED'))
        await bench.plug.comeBack()
        await bench.relay(false)
    })
})
