import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'
import { eventually, scratch } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'
import { stopwatch } from '../../support/stopwatch.ts'

describe('at the same time', () => {
    let bench: Bench
    let run: Process
    let files: ReturnType<typeof scratch>
    const open = async (options: BenchOptions = {}) => {
        files = scratch()
        bench = await Bench.open({ file: files.file, ...options })
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
        return run.socket
    }
    const told = (payload: string) =>
        once(bench.plug, 'command').then(function again([{ payload: got }]): unknown {
            return got === payload || once(bench.plug, 'command').then(again)
        })
    afterEach(async () => {
        await bench.close()
        files.clear()
    })

    it('an instance starts while the plug is switched off for one whose time is over', async () => {
        const socket = await open({ plug: { delay: 200 } })
        const { id: first } = await socket.start(100)
        bench.plug.fault = 'slow'
        await told('OFF')
        bench.plug.fault = undefined
        const { id, powerOnTimestamp } = await socket.start()
        assert.ok(powerOnTimestamp)
        assert.equal(bench.plug.relays[0], true)
        assert.deepEqual(socket.records.status.runningInstances, [id])
        assert.deepEqual([bench.told('ON'), bench.told('OFF')], [2, 1])
        assert.ok((await socket.records.get(first)).powerOffTimestamp)
    })

    it('an instance is stopped when its time is over', async () => {
        const socket = await open({ plug: { delay: 300 } })
        const { id } = await socket.start(200)
        bench.plug.fault = 'slow'
        const stopped = await socket.stop(id)
        assert.ok(stopped.stopTimestamp && stopped.powerOffTimestamp)
        assert.equal(bench.told('OFF'), 1)
        assert.equal(socket.records.status.powerStatus.length, 1)
    })

    it('an emergency comes while the plug is switched off', async () => {
        const socket = await open({ plug: { delay: 200 } })
        const { id } = await socket.start(100)
        bench.plug.fault = 'slow'
        await told('OFF')
        assert.deepEqual(await socket.emergencyStop(), { stoppedInstances: [] })
        assert.equal(bench.plug.relays[0], false)
        await eventually(async () => (await socket.records.get(id)).powerOffTimestamp !== null)
        assert.equal((await socket.records.get(id)).isEmergencyStopped, false)
        assert.equal(socket.records.status.powerStatus.length, 1)
    })

    it('it is recovered while the OFF is not confirmed: the plug is owed it all the same', async () => {
        const socket = await open({ confirm: 500 })
        bench.plug.press()
        await until(socket, () => socket.view.power === 'on')
        bench.plug.fault = 'deaf'
        await assert.rejects(socket.emergencyStop(), refused(500, 'NOT_CONFIRMED'))
        await socket.recover()
        assert.equal(bench.plug.relays[0], true)
        await eventually(() => bench.told('OFF') >= 3)
        const off = next(socket, 'off')
        bench.plug.fault = undefined
        assert.equal((await off).owner, '<emergency>')
        const pressed = next(socket, 'manual')
        bench.plug.press()
        await pressed
        assert.equal(bench.plug.relays[0], true)
    })

    it('an instance is started after a recovery while the OFF is not confirmed', async () => {
        const socket = await open({ confirm: 500 })
        await socket.start()
        bench.plug.fault = 'deaf'
        await assert.rejects(socket.emergencyStop(), refused(500, 'NOT_CONFIRMED'))
        await socket.recover()
        bench.plug.fault = undefined
        await socket.start()
        assert.equal(bench.plug.relays[0], true)
        assert.equal(socket.view.running, 1)
    })

    it('it is halted and recovered: whichever was asked last holds, also after a restart', async () => {
        let socket = await open()
        await socket.emergencyStop()
        const results = await Promise.allSettled([socket.recover(), socket.recover(), socket.emergencyStop(), socket.start()])
        assert.equal(results[2].status, 'fulfilled')
        assert.ok(results[3].status === 'rejected' && refused(409, 'EMERGENCY_STOPPED')(results[3].reason))
        assert.equal(socket.view.halted, true)
        await run.end()
        run = await bench.start()
        socket = run.socket
        await until(socket, () => socket.view.trouble === undefined)
        assert.equal(socket.view.halted, true)
        assert.equal(bench.plug.relays[0], false)
    })

    it('nothing starts before the recovery is kept', async () => {
        const socket = await open()
        await socket.emergencyStop()
        const recovery = socket.recover()
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        await recovery
        await socket.start()
    })

    it('an instance is deleted that is being started, or stopped, or deleted', async () => {
        const socket = await open()
        const heard = told('ON')
        const starting = socket.start()
        await heard
        const [id] = (await socket.records.download()).server.instancesStarting
        await assert.rejects(socket.delete(id!), refused(404, 'NOT_FOUND'))
        assert.equal((await starting).id, id)
        await Promise.allSettled([socket.stop(id!), socket.delete(id!), socket.delete(id!)])
        await assert.rejects(socket.records.get(id!), refused(404, 'NOT_FOUND'))
        assert.equal(bench.plug.relays[0], false)
    })

    it('an emergency comes and as many starts wait as may', async () => {
        const socket = await open()
        const starts = Array.from({ length: 10_100 }, () => socket.start())
        const results = Promise.allSettled(starts)
        const took = stopwatch()
        await socket.emergencyStop()
        // Each start by itself would take several milliseconds.
        assert.ok(took() < 5000)
        const codes = (await results).map((result) => (result.status === 'rejected' ? result.reason.code : 'started'))
        assert.deepEqual(new Set(codes), new Set(['EMERGENCY_STOPPED', 'TOO_BUSY']))
        assert.equal(bench.plug.relays[0], false)
        assert.deepEqual((await socket.records.list({ state: 'running', limit: 10 })).length, 0)
    })

    it('three emergencies come', async () => {
        const socket = await open()
        const { id } = await socket.start()
        const results = await Promise.all([socket.emergencyStop(), socket.emergencyStop(), socket.emergencyStop()])
        assert.deepEqual(
            results.flatMap(({ stoppedInstances }) => stoppedInstances),
            [id],
        )
        assert.equal(socket.records.status.powerStatus.length, 1)
    })

    it('somebody presses and an instance is stopped', async () => {
        const socket = await open({ plug: { delay: 50 } })
        const { id } = await socket.start()
        bench.plug.press()
        const instance = await socket.stop(id)
        assert.ok(instance.stopTimestamp && instance.powerOffTimestamp)
        assert.equal(bench.plug.relays[0], false)
        assert.deepEqual(socket.records.status.runningInstances, [])
    })

    it('two processes have the same plug: one that is halted wins, and neither floods it', async () => {
        const socket = await open()
        const other = bench.begin({ id: 's2', file: ':memory:' })
        await until(other.socket, () => other.socket.view.power === 'off' && other.socket.view.trouble === undefined)
        await socket.emergencyStop()
        const ended = next(other.socket, 'off')
        const start = await other.socket.start().then(
            () => 'started',
            () => 'refused',
        )
        await bench.relay(false)
        if (start === 'started') await ended
        await until(other.socket, () => other.socket.view.running === 0)
        assert.deepEqual(other.socket.records.status.runningInstances, [])
        assert.ok(bench.plug.commands.length < 40, `${bench.plug.commands.length} commands`)
    })

    it('many instances start, and all are found', async () => {
        const socket = await open()
        await Promise.all(Array.from({ length: 350 }, () => socket.start()))
        assert.equal(bench.told('ON'), 1)
        const { instances } = await socket.records.download()
        assert.equal(Object.keys(instances).length, 350)
    })

    it('the meter is slower than it is asked: one question is out at a time', async () => {
        const socket = await open({ interval: 20, plug: { delay: 200 } })
        await socket.start()
        bench.plug.fault = 'slow'
        const asked = () => bench.plug.commands.filter(({ payload }) => payload === '10').length
        for (let readings = 0; readings < 2; readings++) await next(socket, 'reading')
        const before = asked()
        for (let readings = 0; readings < 3; readings++) await next(socket, 'reading')
        assert.ok(asked() - before <= 4, `${asked() - before} questions for 3 readings`)
    })
})
