import assert from 'node:assert/strict'
import { Bench, type Process, until } from '../../support/bench.ts'
import { eventually, moment, scratch } from '../../support/file.ts'

describe('a socket with an off-guard', () => {
    let bench: Bench
    let run: Process
    let files: ReturnType<typeof scratch>
    /** The plug's time passes twenty times as fast as ours. */
    const SPEED = 20
    beforeEach(async () => {
        files = scratch()
        bench = await Bench.open({ offGuard: true, file: files.file, plug: { speed: SPEED } })
        run = await bench.start()
        await until(run.socket, () => run.socket.view.trouble === undefined)
    })
    afterEach(async () => {
        await bench.close()
        files.clear()
    })
    const guards = () => bench.plug.commands.filter(({ topic }) => topic.endsWith('PulseTime1')).map(({ payload }) => Number(payload))
    const disarmed = () => eventually(() => guards().at(-1) === 0)

    it('has the plug go off by itself when nobody lives to switch it off, and cuts no later run by hand', async () => {
        const { id } = await run.socket.start(5000)
        await eventually(() => guards().some((pulse) => pulse > 0))
        await run.end()
        await bench.relay(false)
        assert.equal(bench.told('OFF'), 0)
        run = await bench.start()
        await disarmed()
        await eventually(async () => (await run.socket.records.get(id)).stopTimestamp !== null)
        bench.plug.press()
        await moment(Date.now() + (2 * 10_000) / SPEED)
        assert.equal(bench.plug.relays[0], true)
    })

    it('takes it back once the plug is off, not before', async () => {
        const { id } = await run.socket.start(5000)
        await run.socket.stop(id)
        await disarmed()
        await run.socket.start(5000)
        await run.socket.emergencyStop()
        await disarmed()
        const order = bench.plug.commands.flatMap(({ topic, payload }) => {
            const leaf = topic.slice(topic.lastIndexOf('/') + 1)
            return leaf === 'POWER' && payload !== '' ? [payload] : leaf === 'PulseTime1' ? [payload === '0' ? 'disarm' : 'arm'] : []
        })
        assert.deepEqual(order, ['disarm', 'ON', 'arm', 'OFF', 'disarm', 'ON', 'arm', 'OFF', 'disarm'])
    })

    it('leaves alone what may run for ever', async () => {
        await run.socket.start(5000)
        await run.socket.start()
        await disarmed()
        await moment(Date.now() + (2 * 10_000) / SPEED)
        assert.equal(bench.plug.relays[0], true)
    })

    it('goes by the longest, and says it again when the broker was away', async () => {
        await run.socket.start(60_000)
        await run.socket.start(120_000)
        await eventually(() => guards().at(-1) === 225)
        await bench.mqtt.restart()
        await until(run.socket, () => run.socket.view.trouble === 'broker')
        await until(run.socket, () => run.socket.view.trouble === undefined)
        await bench.plug.comeBack()
        await eventually(() => guards().filter((pulse) => pulse > 200).length > 1)
        assert.ok(guards().at(-1)! <= 225)
    })
})
