import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'
import { eventually, moment, scratch } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'

describe('a socket after a restart', () => {
    let bench: Bench
    let run: Process
    let files: ReturnType<typeof scratch>
    const open = async (options: BenchOptions = {}) => {
        files = scratch()
        bench = await Bench.open({ file: files.file, ...options })
        run = await bench.start()
        return run.socket
    }
    /** The same file, plug and broker; whatever was under way is cut short. */
    const restart = async (meanwhile: () => unknown = () => {}) => {
        await run.end()
        await meanwhile()
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
        return run.socket
    }
    /** Presses the button of a plug that nobody hears. */
    const pressUnheard = async () => {
        bench.plug.goOffline()
        bench.plug.press()
        await bench.plug.comeBack()
    }
    afterEach(async () => {
        await bench.close()
        files.clear()
    })

    it('goes on running what ran, which can be stopped', async () => {
        let socket = await open()
        const { id } = await socket.start()
        socket = await restart()
        await until(socket, () => socket.view.running === 1)
        assert.deepEqual(socket.records.status.runningInstances, [id])
        assert.equal(bench.plug.relays[0], true)
        const instance = await socket.stop(id)
        assert.equal(instance.energy.power.length >= 1, true)
        assert.ok(instance.powerOnTimestamp && instance.powerOffTimestamp)
        assert.equal(bench.plug.relays[0], false)
        assert.deepEqual([bench.told('ON'), bench.told('OFF')], [1, 1])
        assert.equal(socket.records.status.powerStatus.length, 1)
    })

    it('lets a deadline go on with the time that remains', async () => {
        let socket = await open()
        const { id } = await socket.start(900)
        socket = await restart()
        await until(socket, () => socket.view.running === 1)
        await next(socket, 'stopped')
        await bench.relay(false)
        const { startTimestamp, stopTimestamp } = await socket.records.get(id)
        const ran = Date.parse(stopTimestamp!) - Date.parse(startTimestamp)
        assert.ok(ran >= 900 && ran < 1400, `ran for ${ran} ms`)
    })

    it('stops at once what should have stopped while it was away', async () => {
        let socket = await open()
        const { id, startTimestamp } = await socket.start(150)
        socket = await restart(() => moment(Date.parse(startTimestamp) + 200))
        await bench.relay(false)
        await until(socket, () => socket.view.power === 'off')
        assert.deepEqual(socket.records.status.runningInstances, [])
        assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<timeout>')
        await eventually(async () => (await socket.records.get(id)).powerOffTimestamp !== null)
        const instance = await socket.records.get(id)
        assert.deepEqual([instance.isManuallyStopped, instance.isEmergencyStopped], [false, false])
    })

    it('stays halted, refuses starts, and switches off what was switched on meanwhile', async () => {
        let socket = await open()
        const { id } = await socket.start()
        await socket.emergencyStop()
        socket = await restart(pressUnheard)
        await bench.relay(false)
        assert.equal(socket.view.halted, true)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        assert.equal((await socket.records.get(id)).isEmergencyStopped, true)
        await socket.recover()
        socket = await restart()
        await socket.start()
        assert.equal(bench.plug.relays[0], true)
    })

    it('stops what ran when the plug was switched off meanwhile', async () => {
        let socket = await open()
        const { id } = await socket.start()
        socket = await restart(pressUnheard)
        await eventually(async () => (await socket.records.get(id)).stopTimestamp !== null)
        const instance = await socket.records.get(id)
        assert.equal(instance.isManuallyStopped, true)
        assert.ok(instance.powerOffTimestamp)
        assert.deepEqual(socket.records.status.runningInstances, [])
        assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<unknown>')
        // It may be told once more: nobody has seen it go off.
        assert.ok(bench.told('OFF') <= 1)
    })

    it('leaves on what somebody switched on meanwhile, and notes it once', async () => {
        await open({ idleInterval: 30 })
        const look = async (socket: Process['socket']) => {
            for (let readings = 0; readings < 3; readings++) await next(socket, 'reading')
            return socket.records.status.powerStatus
        }
        const first = await look(await restart(pressUnheard))
        assert.deepEqual(
            first.map(({ powerOn, powerOff }) => [powerOn?.instanceId, powerOff]),
            [['<unknown>', null]],
        )
        assert.deepEqual(await look(await restart()), first)
        assert.equal(bench.plug.relays[0], true)
        assert.equal(bench.told('OFF'), 0)
    })

    it('switches off after a start that was cut short before the plug answered', async () => {
        let socket = await open({ plug: { delay: 300 } })
        bench.plug.fault = 'slow'
        const cut = assert.rejects(socket.start())
        await bench.relay(true)
        socket = await restart(() => {
            bench.plug.fault = undefined
        })
        await cut
        await bench.relay(false)
        assert.deepEqual(await socket.records.list({ limit: 10 }), [])
        await until(socket, () => socket.view.power === 'off')
        await socket.start()
    })

    it('has stopped what was being stopped if the plug did go off, and runs it on if not', async () => {
        let socket = await open({ plug: { delay: 300 } })
        const { id } = await socket.start()
        bench.plug.fault = 'deaf'
        const told = once(bench.plug, 'command')
        let cut = assert.rejects(socket.stop(id))
        await told
        socket = await restart(() => {
            bench.plug.fault = undefined
        })
        await cut
        await until(socket, () => socket.view.running === 1)
        assert.equal(bench.plug.relays[0], true)
        bench.plug.fault = 'slow'
        cut = assert.rejects(socket.stop(id))
        await bench.relay(false)
        socket = await restart(() => {
            bench.plug.fault = undefined
        })
        await cut
        await eventually(async () => (await socket.records.get(id)).stopTimestamp !== null)
        assert.deepEqual(socket.records.status.runningInstances, [])
        assert.equal(bench.plug.relays[0], false)
    })

    it('owes the plug the OFF that it could not send', async () => {
        let socket = await open({ confirm: 500 })
        const ended = next(socket, 'stopped')
        await socket.start(100)
        bench.plug.goOffline()
        await ended
        socket = await restart(() => bench.plug.comeBack())
        await bench.relay(false)
    })
})
