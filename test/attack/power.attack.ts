import assert from 'node:assert/strict'
import type { InstanceRow } from '../../src/power/index.ts'
import { HEAP, lives } from '../support/attack.ts'
import { Bench, until } from '../support/bench.ts'
import { eventually, scratch } from '../support/file.ts'
import { Service } from '../support/service.ts'

const ROUNDS = 4
/** What a start may be answered with right after Node-RED has come back. */
const TRUE = new Set([200, 409, 500, 503])

describe('a plug that is switched on and off while things happen', function () {
    this.timeout(110_000)

    it(`is off if nobody runs, halted, restarted, recovered and started at once, ${ROUNDS} times`, async () => {
        const service = await Service.start({ env: HEAP, plug: { pace: 30 } })
        for (let round = 0; round < ROUNDS; round++) {
            await service.post('/api/emergency-stop')
            if (round % 2) await service.red.kill()
            else await service.red.stop()
            await service.again()
            const [, start] = await Promise.all([service.put('/api/recover'), service.post('/api/instance')])
            const again = start.status === 409 && start.body.message.includes('recover') ? await service.post('/api/instance') : start
            assert.ok(TRUE.has(again.status), JSON.stringify(again.body))
            assert.ok(!String(again.body.message).includes('turned off'), 'nobody has turned it off')
            const { runningInstances } = (await service.get('/api/server/status')).body
            assert.deepEqual(runningInstances, again.status === 200 ? [again.body.instance.id] : [])
            await service.until(() => Promise.resolve(service.plug.relays[0] === runningInstances.length > 0))
            for (const id of runningInstances) assert.equal((await service.put(`/api/instance/${id}`)).status, 200)
            await service.until(() => Promise.resolve(service.plug.relays[0] === false))
        }
        await lives(service.red)
        await service.close()
    })

    it('is switched off at once when runs end one after the other by their timeouts', async () => {
        const service = await Service.start({ env: HEAP })
        for (let run = 0; run < 12; run++) {
            const { status } = await service.post('/api/instance', { timeout: 100 })
            assert.equal(status, 200)
            const from = performance.now()
            await service.relay(false)
            assert.ok(performance.now() - from < 1000, `it was switched off after ${Math.round(performance.now() - from)} ms`)
        }
        await service.close()
    })

    it('is off after thousands of deadlines at once, and none of those runs is said to go on', async () => {
        const service = await Service.start({ env: HEAP })
        // In the later rounds most deadlines are over as soon as there is a run.
        for (const time of [5000, 500, 500]) {
            const first = await service.post('/api/instance')
            const ends = performance.now() + time
            let count = 0
            const client = async () => {
                while (count++ < 2000) {
                    const timeout = Math.max(1, Math.round(ends - performance.now()))
                    assert.equal((await service.post('/api/instance', { timeout })).status, 200)
                }
            }
            await Promise.all(Array.from({ length: 50 }, client))
            await service.put(`/api/instance/${first.body.instance.id}`)
            await service.until(async () => (await service.get('/api/server/status')).body.runningInstances.length === 0, 30_000)
            await service.relay(false)
            await service.until(async () => (await service.get('/api/instances?state=running')).body.instances.length === 0, 30_000)
        }
        await lives(service.red)
        await service.close()
    })
})

describe('a socket on which a great many run', function () {
    this.timeout(110_000)

    const rows = (count: number, timeout: number): InstanceRow[] =>
        Array.from({ length: count }, (_, n) => ({
            id: `run-${n}`,
            socket: 's1',
            startedAt: Date.now(),
            stoppedAt: null,
            timeout,
            sampledFrom: Date.now(),
            powerOnAt: null,
            powerOffAt: null,
            isEmergencyStopped: false,
            isManuallyStopped: false,
        }))

    /** A socket that finds them when it starts. */
    async function open(count: number, timeout: number) {
        const files = scratch()
        const bench = await Bench.open({ file: files.file, confirm: 5000 })
        bench.plug.press()
        const before = bench.begin({ id: 'other' })
        await before.store.power.commit('s1', { socket: { id: 's1', name: 'heater', offDue: true, haltedAt: null } })
        const all = rows(count, timeout)
        for (let n = 0; n < count; n += 5000)
            await Promise.all(all.slice(n, n + 5000).map((started) => before.store.power.commit('s1', { started })))
        await before.end()
        const run = await bench.start()
        await until(run.socket, () => run.socket.view.running === count)
        return { bench, run, close: () => bench.close().finally(() => files.clear()) }
    }

    it('switches off at once in an emergency of 60 000 runs, and writes all of them down', async () => {
        const { bench, run, close } = await open(60_000, 0)
        const from = performance.now()
        const stopped = run.socket.emergencyStop()
        await bench.relay(false)
        const took = performance.now() - from
        assert.ok(took < 500, `it was off after ${Math.round(took)} ms`)
        assert.equal((await stopped).stoppedInstances.length, 60_000)
        assert.equal((await run.store.power.running('s1')).length, 0)
        await eventually(async () => (await run.store.power.instance('run-59999'))?.powerOffAt !== null)
        assert.equal((await run.store.power.instance('run-0'))?.isEmergencyStopped, true)
        await close()
    })

    it('forgets no end of 40 000 whose deadlines come at once', async () => {
        const { bench, run, close } = await open(40_000, 15_000)
        await bench.relay(false)
        // Reading all of them again and again would leave no time to write them down.
        await eventually(async () => (await run.store.power.instances({ socket: 's1', state: 'running', limit: 1 })).length === 0)
        assert.deepEqual(await run.store.power.running('s1'), [])
        assert.equal(run.socket.view.running, 0)
        assert.deepEqual(run.warnings, [])
        await close()
    })
})
