import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'

describe('a socket on a Tasmota plug', () => {
    let bench: Bench
    let run: Process
    const open = async (options: BenchOptions = {}) => {
        bench = await Bench.open(options)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())

    it('takes one reading for all, however many instances run', async () => {
        const socket = await open({ interval: 50 })
        const instances = await Promise.all(Array.from({ length: 10 }, () => socket.start()))
        for (let readings = 0; readings < 3; readings++) await next(socket, 'reading')
        const asked = bench.plug.commands.filter(({ topic, payload }) => topic.endsWith('STATUS') && payload === '10').length
        const { energy } = await socket.records.get(instances[0]!.id)
        assert.ok(energy.power.length >= 3)
        // One more was asked for at the beginning.
        assert.ok(asked <= energy.power.length + 2, `${asked} readings were asked for, ${energy.power.length} taken`)
    })

    it('takes a reading as soon as it hears the plug, and when that comes back', async () => {
        bench = await Bench.open()
        bench.plug.press()
        bench.plug.setPower(800)
        const { socket } = bench.begin()
        await until(socket, () => socket.view.watts === 800)
        bench.plug.goOffline()
        await until(socket, () => socket.view.reachable === false)
        bench.plug.setPower(1200)
        await bench.plug.comeBack()
        await until(socket, () => socket.view.watts === 1200)
    })

    it('does not take what it drew before for what it draws since it went on', async () => {
        const socket = await open()
        await until(socket, () => socket.view.watts === 0)
        bench.plug.press()
        await until(socket, () => socket.view.power === 'on')
        assert.equal(socket.view.watts, null)
        const { energy } = await socket.start()
        assert.equal(socket.view.watts, energy.power[0])
    })

    it('never asks with an empty POWER', async () => {
        const socket = await open()
        const { id } = await socket.start()
        await bench.mqtt.restart()
        await until(socket, () => socket.view.trouble === 'broker')
        await until(socket, () => socket.view.trouble === undefined)
        await bench.plug.comeBack()
        await socket.stop(id)
        assert.deepEqual(
            bench.plug.commands.filter(({ topic, payload }) => /POWER\d*$/.test(topic) && !/^(ON|OFF)$/.test(payload)),
            [],
        )
    })

    for (const [option, name] of [
        [4, 'results on a topic of the command'],
        [26, 'POWER1 for the only relay'],
        [90, 'no plain POWER'],
    ] as const)
        it(`understands a plug with SetOption${option}: ${name}`, async () => {
            const socket = await open()
            bench.plug.setOption(option, true)
            const { id } = await socket.start()
            const off = next(socket, 'manual')
            bench.plug.press()
            await off
            assert.equal((await socket.records.get(id)).isManuallyStopped, true)
        })

    it('minds its own relay of several', async () => {
        const socket = await open({ plug: { relays: 3 }, relay: 2 })
        const { id, energy } = await socket.start()
        assert.deepEqual(bench.plug.relays, [false, true, false])
        assert.equal(typeof energy.power[0], 'number')
        bench.plug.press(1)
        await socket.stop(id)
        assert.deepEqual(bench.plug.relays, [true, false, false])
    })

    it('warns of a command that the broker keeps', async () => {
        bench = await Bench.open()
        await bench.plug.close()
        const { connectAsync } = await import('mqtt')
        const other = await connectAsync(bench.mqtt.url)
        await other.publishAsync('cmnd/smart-socket/POWER', 'ON', { retain: true, qos: 1 })
        await other.endAsync()
        const { socket, warnings } = bench.begin()
        while (warnings.length === 0) await Promise.race([once(bench.plug, 'x'), new Promise((resolve) => setImmediate(resolve))])
        assert.match(warnings[0]!, /retained cmnd\/smart-socket\/POWER/)
        assert.equal(socket.view.running, 0)
    })
})
