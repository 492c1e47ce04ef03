import assert from 'node:assert/strict'
import { Bench, type Process, until } from '../../support/bench.ts'
import { eventually, scratch } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'

describe('a lease on a socket', () => {
    let bench: Bench
    let run: Process
    let files: ReturnType<typeof scratch>
    beforeEach(async () => {
        files = scratch()
        bench = await Bench.open({ offGuard: true, file: files.file })
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
    })
    afterEach(async () => {
        await bench.close()
        files.clear()
    })
    const lease = (timeout: number, name = 'heater') => run.socket.lease({ name, timeout })
    const guards = () => bench.plug.commands.filter(({ topic }) => topic.endsWith('PulseTime1')).map(({ payload }) => Number(payload))
    /** Milliseconds from now until an instance ends, by what is said of it. */
    const left = ({ startTimestamp, timeout }: { startTimestamp: string; timeout: number }) =>
        Date.parse(startTimestamp) + timeout - Date.now()

    it('is one instance for as long as it is renewed, however many ask at once, and ends by itself', async () => {
        const first = await Promise.all([lease(60_000), lease(60_000), lease(60_000)])
        assert.equal(new Set(first.map(({ id }) => id)).size, 1)
        const renewed = await lease(120_000)
        assert.equal(renewed.id, first[0]!.id)
        assert.ok(left(renewed) > 100_000 && left(renewed) <= 120_000)
        assert.deepEqual(await run.socket.records.get(renewed.id).then(({ timeout }) => timeout), renewed.timeout)
        await eventually(() => guards().at(-1)! >= 224)
        await lease(50)
        await bench.relay(false)
        await eventually(async () => (await run.socket.records.get(renewed.id)).stopTimestamp !== null)
        assert.deepEqual([bench.told('ON'), bench.told('OFF')], [1, 1])
        assert.notEqual((await lease(60_000)).id, renewed.id)
    })

    it('is renewed over a restart: the time from the last renewal counts', async () => {
        const { id } = await lease(1000)
        await lease(600_000)
        await run.end()
        run = await bench.start()
        await until(run.socket, () => run.socket.view.running === 1)
        const renewed = await lease(60_000)
        assert.equal(renewed.id, id)
        assert.ok(left(renewed) <= 60_000)
    })

    it('ends when that is asked for, and nobody else’s does', async () => {
        const [mine, other] = [await lease(60_000), await lease(60_000, 'other')]
        assert.deepEqual(
            (await run.socket.endLease('heater')).map(({ id }) => id),
            [mine.id],
        )
        assert.deepEqual(await run.socket.endLease('heater'), [])
        assert.equal(bench.plug.relays[0], true)
        assert.deepEqual(
            (await run.socket.endLease('other')).map(({ id }) => id),
            [other.id],
        )
        assert.equal(bench.plug.relays[0], false)
    })

    it('is begun anew after a press of the button, and refused while the socket is halted', async () => {
        const { id } = await lease(60_000)
        bench.plug.press()
        await until(run.socket, () => run.socket.view.running === 0)
        assert.notEqual((await lease(60_000)).id, id)
        await run.socket.emergencyStop()
        await assert.rejects(lease(60_000), refused(409, 'EMERGENCY_STOPPED'))
        await assert.rejects(lease(0), refused(422, 'BAD_INPUT'))
        assert.equal(bench.plug.relays[0], false)
    })
})
