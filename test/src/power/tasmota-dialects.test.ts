import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connectAsync } from 'mqtt'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'

describe('a socket on a Tasmota plug of another kind', () => {
    let bench: Bench
    let run: Process
    const open = async (options: BenchOptions) => {
        bench = await Bench.open(options)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())
    const publish = async (topic: string, payload: string) => {
        const client = await connectAsync(bench.mqtt.url)
        await client.publishAsync(topic, payload, { qos: 1, retain: true })
        await client.endAsync()
    }

    for (const firmware of ['13.3.0', '13.4.1', '15.0.0'])
        it(`knows which relays of a strip are on with firmware ${firmware}`, async () => {
            bench = await Bench.open({ plug: { relays: 4, firmware } })
            for (const relay of [1, 2]) bench.plug.press(relay)
            const { socket } = await bench.start({ relay: 2 })
            assert.equal(socket.view.power, 'on')
            const { id } = await socket.start()
            assert.equal(bench.told('ON'), 0)
            await socket.stop(id)
            assert.deepEqual(bench.plug.relays, [true, false, false, false])
            const { socket: fourth } = await bench.start({ id: 's4', relay: 4 })
            assert.equal(fourth.view.power, 'off')
            await fourth.start()
            assert.deepEqual(bench.plug.relays, [true, false, false, true])
        })

    it('adds up the phases behind its only relay', async () => {
        const socket = await open({ plug: { phases: 3 } })
        bench.plug.setPower(1500)
        const { energy } = await socket.start()
        assert.equal(energy.power[0], 1500)
        assert.equal(energy.factor[0], 0.98)
    })

    it('reads a plug whose other sensor is broken', async () => {
        const socket = await open({ plug: { fault: 'nan' } })
        bench.plug.setPower(60)
        const { energy } = await socket.start()
        assert.deepEqual([energy.power, energy.voltage], [[60], [230]])
    })

    describe('with words of its own', () => {
        it('starts, stops, and believes who presses the button', async () => {
            const socket = await open({ plug: { stateText: ['AUS', 'EIN'] } })
            const first = await socket.start()
            await socket.stop(first.id)
            const { id } = await socket.start()
            const off = next(socket, 'manual')
            bench.plug.press()
            assert.equal((await off).power, 'off')
            assert.equal((await socket.records.get(id)).isManuallyStopped, true)
            const on = next(socket, 'manual')
            bench.plug.press()
            assert.equal((await on).power, 'on')
        })

        it('learns of a press though it cannot ask at once', async () => {
            const socket = await open({ plug: { stateText: ['AUS', 'EIN'] }, confirm: 50 })
            const { id } = await socket.start()
            bench.plug.fault = 'deaf'
            bench.plug.setStateText('ZU', 'AUF')
            const asked = once(bench.plug, 'command')
            bench.plug.press()
            await asked
            assert.equal(socket.view.power, 'on')
            const off = next(socket, 'manual')
            bench.plug.fault = undefined
            await off
            assert.equal((await socket.records.get(id)).isManuallyStopped, true)
        })

        it('is not asked again and again about words that it has told', async () => {
            const socket = await open({ plug: { stateText: ['AUS', 'EIN'] } })
            await socket.stop((await socket.start()).id)
            const asked = () => bench.plug.commands.filter(({ topic }) => topic.endsWith('StateText')).length
            const before = asked()
            for (let n = 0; n < 5; n++) await socket.stop((await socket.start()).id)
            assert.equal(asked(), before)
        })
    })

    for (const [what, plug] of Object.entries({
        'other prefixes': { prefixes: ['do', 'is', 'tells'] },
        'one prefix for what it answers and tells': { prefixes: ['do', 'is', 'is'] },
        'its id in FullTopic': { fullTopic: 'home/%id%/%prefix%/', id: 'A0B1C2D3E4F5' },
        'its hostname in FullTopic': { fullTopic: '%prefix%/%hostname%/%topic%', hostname: 'tasmota-4321' },
    } satisfies Record<string, NonNullable<BenchOptions['plug']>>))
        it(`is understood with ${what}`, async () => {
            const socket = await open({ plug })
            const { id } = await socket.start()
            assert.deepEqual(bench.plug.relays, [true])
            await socket.stop(id)
            assert.deepEqual(bench.plug.relays, [false])
            bench.plug.goOffline()
            await until(socket, () => socket.view.reachable === false)
        })

    it('is unreachable and reachable as OpenBeken says it', async () => {
        const socket = await open({})
        await publish('smart-socket/connected', 'offline')
        await until(socket, () => socket.view.reachable === false)
        await publish('smart-socket/connected', 'online')
        await until(socket, () => socket.view.reachable === true)
    })

    it('warns of a command that the broker keeps for a group of plugs', async () => {
        bench = await Bench.open({ groups: ['tasmotas'] })
        await publish('cmnd/tasmotas/POWER', 'ON')
        const { socket, warnings } = await bench.start()
        await until(socket, () => socket.view.power !== 'unknown')
        assert.match(warnings.join(), /retained cmnd\/tasmotas\/POWER ON/)
    })
})
