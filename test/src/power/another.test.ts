import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench, next, type Process, until } from '../../support/bench.ts'
import { refused } from '../../support/refused.ts'
import { good, healthy } from '../store/open.ts'

describe('a socket whose database was deleted', () => {
    let dir: string
    let bench: Bench
    let run: Process
    beforeEach(async () => {
        dir = mkdtempSync(join(tmpdir(), 'socketworks-'))
        bench = await Bench.open({ file: join(dir, 'store.sqlite') })
        run = await bench.start()
    })
    afterEach(async () => {
        await bench.close()
        rmSync(dir, { recursive: true })
    })
    const unavailable = refused(503, 'STORE_UNAVAILABLE')
    const lose = () => {
        for (const name of readdirSync(dir)) rmSync(join(dir, name))
    }
    const restart = async () => {
        await run.end()
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
    }

    it('refuses what it cannot keep, and knows after a restart who runs', async () => {
        const { id } = await run.socket.start(60_000)
        lose()
        await assert.rejects(run.socket.start(), unavailable)
        await healthy(run.store, good)
        const second = await run.socket.start()
        assert.deepEqual((await run.socket.records.list({ limit: 10 })).map((one) => one.id).sort(), [id, second.id].sort())
        await restart()
        const { runningInstances, powerStatus } = run.socket.records.status
        assert.deepEqual(runningInstances.toSorted(), [id, second.id].toSorted())
        assert.deepEqual(
            powerStatus.map(({ powerOn, powerOff }) => [powerOn?.instanceId, powerOff]),
            [[id, null]],
        )
        assert.equal((await run.socket.records.get(id)).timeout, 60_000)
        for (const one of [id, second.id]) await run.socket.stop(one)
        assert.equal(bench.plug.relays[0], false)
    })

    it('stays halted over a restart', async () => {
        const { id } = await run.socket.start()
        assert.deepEqual((await run.socket.emergencyStop()).stoppedInstances, [id])
        lose()
        await assert.rejects(run.socket.recover(), unavailable)
        await healthy(run.store, good)
        await restart()
        assert.equal(run.socket.records.status.isEmergencyStopped, true)
        await assert.rejects(run.socket.start(), refused(409, 'EMERGENCY_STOPPED'))
        await run.socket.recover()
        await run.socket.start()
    })

    it('halted while the database is away is halted after a restart, and nobody runs', async () => {
        await run.socket.start()
        lose()
        await assert.rejects(run.socket.emergencyStop(), unavailable)
        assert.equal(bench.plug.relays[0], false)
        await healthy(run.store, good)
        // What waited is kept before anything new is.
        await assert.doesNotReject(async () => {
            while (!(await run.store.power.socket('s1'))?.haltedAt) await new Promise(setImmediate)
        })
        await restart()
        const { isEmergencyStopped, runningInstances, powerStatus } = run.socket.records.status
        assert.deepEqual([isEmergencyStopped, runningInstances, powerStatus.length], [true, [], 1])
    })

    it('knows of a run that ended while the database was away', async () => {
        const { id } = await run.socket.start()
        lose()
        const off = next(run.socket, 'off')
        bench.plug.press()
        await off
        await healthy(run.store, good)
        const stopped = async () => (await run.store.power.instance(id))?.stoppedAt !== null
        while (!(await stopped())) await new Promise(setImmediate)
        assert.equal((await run.socket.records.get(id)).isManuallyStopped, true)
        await restart()
        assert.deepEqual(run.socket.records.status.runningInstances, [])
        assert.ok((await run.socket.records.get(id)).stopTimestamp)
    })

    it('is not said to be free as long as what is kept cannot be read', async () => {
        await run.socket.emergencyStop()
        await run.end()
        renameSync(join(dir, 'store.sqlite'), join(dir, 'away'))
        writeFileSync(join(dir, 'store.sqlite'), 'no database')
        run = bench.begin()
        await run.socket.ready()
        assert.throws(() => run.socket.records.status, unavailable)
        await assert.rejects(run.socket.records.list({ limit: 10 }), unavailable)
        await assert.rejects(run.socket.records.download(), unavailable)
        await assert.rejects(run.socket.records.file().next(), unavailable)
        renameSync(join(dir, 'away'), join(dir, 'store.sqlite'))
        await healthy(run.store, good)
        while (run.socket.view.trouble === 'store') await new Promise(setImmediate)
        assert.equal(run.socket.records.status.isEmergencyStopped, true)
    })
})
