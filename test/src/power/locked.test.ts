import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { Refusal } from '../../../src/lib/index.ts'
import { Bench, type Process, until } from '../../support/bench.ts'
import { eventually, lock, scratch } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'
import { stopwatch } from '../../support/stopwatch.ts'

const unavailable = refused(503, 'STORE_UNAVAILABLE')

describe('a socket whose store is locked', () => {
    let bench: Bench
    let run: Process
    let files: ReturnType<typeof scratch>
    let letGo: (() => void) | undefined
    const open = async () => {
        files = scratch()
        bench = await Bench.open({ file: files.file })
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
        return run.socket
    }
    const locked = () => {
        letGo = lock(files.file)
    }
    const unlocked = () => {
        letGo?.()
        letGo = undefined
    }
    const restart = async () => {
        await run.end()
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
        return run.socket
    }
    afterEach(async () => {
        unlocked()
        await bench.close()
        files.clear()
    })

    it('refuses a start without switching on, and starts again when the lock is gone', async () => {
        const socket = await open()
        locked()
        await assert.rejects(socket.start(), unavailable)
        assert.equal(bench.told('ON'), 0)
        assert.equal(socket.view.trouble, 'store')
        unlocked()
        await until(socket, () => socket.view.trouble === undefined)
        await socket.start()
    })

    it('is halted after a deploy by an emergency that could not be written down, and so it is after a restart', async () => {
        await open()
        const handover = new Map()
        await run.end()
        run = await bench.start({ handover })
        await until(run.socket, () => run.socket.view.trouble === undefined)
        const { id } = await run.socket.start()
        locked()
        await assert.rejects(run.socket.emergencyStop(), unavailable)
        await run.end()
        run = await bench.start({ handover })
        const { socket } = run
        assert.deepEqual([socket.view.halted, handover.size], [true, 0])
        bench.plug.press()
        await bench.relay(true)
        await bench.relay(false)
        unlocked()
        await until(socket, () => socket.view.trouble === undefined)
        assert.equal((await socket.records.get(id)).isEmergencyStopped, true)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        const again = await restart()
        assert.equal(again.view.halted, true)
        assert.deepEqual(again.records.status.runningInstances, [])
        await again.recover()
        await again.start()
    })

    it('leaves nothing on when it is locked in the middle of a start', async () => {
        let socket = await open()
        bench.plug.once('relay', locked)
        await assert.rejects(socket.start(), unavailable)
        await bench.relay(false)
        await until(socket, () => socket.view.power === 'off')
        assert.deepEqual(socket.records.status.runningInstances, [])
        unlocked()
        await eventually(async () => (await run.store.power.socket('s1'))?.offDue === false)
        socket = await restart()
        assert.deepEqual(socket.records.status.runningInstances, [])
        assert.equal(bench.plug.relays[0], false)
    })

    it('switches off at a stop, and keeps it when the lock is gone, though it could not be promised', async () => {
        let socket = await open()
        const { id } = await socket.start()
        locked()
        const stopped = assert.rejects(socket.stop(id), unavailable)
        await bench.relay(false)
        await stopped
        assert.deepEqual(socket.records.status.runningInstances, [])
        unlocked()
        await eventually(async () => (await socket.records.get(id)).powerOffTimestamp !== null)
        socket = await restart()
        assert.deepEqual(socket.records.status.runningInstances, [])
        assert.equal(socket.records.status.powerStatus.length, 1)
    })

    it('cuts the power at once in an emergency, and is halted for good once the lock is gone', async () => {
        let socket = await open()
        const { id } = await socket.start()
        locked()
        const took = stopwatch()
        const emergency = socket.emergencyStop()
        await Promise.all([
            bench.relay(false).then(() => assert.ok(took() < 500)),
            assert.rejects(emergency, (error) => {
                assert.ok(unavailable(error) && error instanceof Refusal)
                assert.match(error.message, /^the socket is off and halted, but that is not written down yet: /)
                assert.deepEqual(error.details.stoppedInstances, [id])
                return true
            }),
        ])
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        unlocked()
        await eventually(async () => (await run.store.power.socket('s1'))?.haltedAt !== null)
        socket = await restart()
        assert.equal(socket.view.halted, true)
        assert.equal((await socket.records.get(id)).isEmergencyStopped, true)
        assert.ok((await socket.records.get(id)).powerOffTimestamp)
    })

    it('stays halted when the recovery cannot be kept', async () => {
        const socket = await open()
        await socket.emergencyStop()
        locked()
        const recovery = assert.rejects(socket.recover(), unavailable)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        // Whoever waits to be told that it is over could not start yet.
        assert.deepEqual([socket.view.halted, socket.records.status.isEmergencyStopped], [true, true])
        await recovery
        assert.equal(socket.view.halted, true)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        unlocked()
        await until(socket, () => socket.view.trouble === undefined)
        await eventually(() =>
            socket.recover().then(
                () => true,
                () => false,
            ),
        )
        await socket.start()
    })

    it('keeps that somebody pressed the button once the lock is gone', async () => {
        let socket = await open()
        const { id } = await socket.start()
        locked()
        bench.plug.press()
        await until(socket, () => socket.view.running === 0)
        unlocked()
        await eventually(async () => (await socket.records.get(id)).isManuallyStopped)
        socket = await restart()
        assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<manual>')
    })

    it('whose file cannot be opened yet, obeys an emergency all the same, and keeps the halt when it can', async () => {
        let socket = await open()
        const { id } = await socket.start()
        await run.end()
        const away = `${files.root}.away`
        renameSync(files.root, away)
        writeFileSync(files.root, 'in the way')
        run = await bench.start()
        socket = run.socket
        assert.equal(socket.view.trouble, 'store')
        await assert.rejects(socket.start(), unavailable)
        await assert.rejects(socket.emergencyStop(), unavailable)
        assert.equal(bench.plug.relays[0], false)
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        rmSync(files.root)
        renameSync(away, files.root)
        await until(socket, () => socket.view.trouble === undefined)
        await eventually(async () => (await socket.records.get(id)).isEmergencyStopped)
        socket = await restart()
        assert.equal(socket.view.halted, true)
        assert.deepEqual(socket.records.status.runningInstances, [])
    })
})
