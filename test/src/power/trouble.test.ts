import assert from 'node:assert/strict'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'
import { eventually } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'

describe('a socket in trouble', () => {
    let bench: Bench
    let run: Process
    const open = async (options: BenchOptions = {}) => {
        bench = await Bench.open(options)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())

    describe('with the broker', () => {
        it('refuses starts while it is down, and begins by itself once it is there', async () => {
            bench = await Bench.open({ confirm: 500 })
            await bench.mqtt.stop()
            const { socket } = bench.begin()
            await until(socket, () => socket.view.trouble === 'broker')
            await assert.rejects(socket.start(), refused(500, 'BROKER_OFFLINE'))
            assert.deepEqual(socket.records.status.runningInstances, [])
            await bench.mqtt.start()
            await until(socket, () => socket.view.power === 'off' && socket.view.trouble === undefined)
            assert.equal(bench.told('ON'), 0)
            await socket.start()
        })

        it('leaves a press alone that comes after a start which could not be sent', async () => {
            const socket = await open({ confirm: 500 })
            await bench.mqtt.stop()
            await until(socket, () => socket.view.trouble === 'broker')
            await assert.rejects(socket.start(), refused(500, 'BROKER_OFFLINE'))
            await bench.mqtt.start()
            await until(socket, () => socket.view.trouble === undefined)
            await eventually(() => bench.plug.online)
            const pressed = next(socket, 'manual')
            bench.plug.press()
            await pressed
            assert.equal(socket.records.status.powerStatus.at(-1)?.powerOn?.instanceId, '<manual>')
            assert.equal(bench.told('OFF'), 0)
        })

        it('restarted while an instance runs, leaves it running', async () => {
            const socket = await open()
            const { id } = await socket.start()
            await bench.mqtt.restart()
            await until(socket, () => socket.view.trouble === 'broker')
            await until(socket, () => socket.view.trouble === undefined && socket.view.reachable === true)
            assert.deepEqual(socket.records.status.runningInstances, [id])
            assert.equal(bench.plug.relays[0], true)
            await eventually(() => bench.plug.online)
            await socket.stop(id)
        })

        it('restarted while a start and then a stop wait for the plug, does not keep them from being confirmed', async () => {
            const socket = await open({ confirm: 6000, plug: { delay: 200 } })
            bench.plug.fault = 'slow'
            const started = socket.start()
            await bench.relay(true)
            await bench.mqtt.restart()
            const { id } = await started
            assert.equal(bench.plug.relays[0], true)
            const stopped = socket.stop(id)
            await bench.relay(false)
            await bench.mqtt.restart()
            assert.ok((await stopped).powerOffTimestamp)
        })

        it('gone for longer than a stop waits: the instance has stopped once the plug is heard of again', async () => {
            const socket = await open({ confirm: 200, plug: { delay: 300 } })
            const { id } = await socket.start()
            bench.plug.fault = 'slow'
            const stop = assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            await bench.relay(false)
            const ended = next(socket, 'stopped')
            await bench.mqtt.restart()
            await stop
            assert.deepEqual(socket.records.status.runningInstances, [id])
            assert.equal((await ended).reason, 'stopped')
        })

        it('gone when the time is over: switches off once it is back', async () => {
            const socket = await open({ confirm: 500 })
            const ended = next(socket, 'stopped')
            await socket.start(200)
            await bench.mqtt.stop()
            assert.equal((await ended).reason, 'timeout')
            await bench.mqtt.start()
            await bench.relay(false)
        })
    })

    describe('with the plug', () => {
        it('that says nothing when it is switched off, finds out as soon as it speaks', async () => {
            const socket = await open({ confirm: 150, interval: 100 })
            const { id } = await socket.start()
            bench.plug.fault = 'silent'
            await assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            assert.deepEqual(socket.records.status.runningInstances, [id])
            const ended = next(socket, 'stopped')
            bench.plug.fault = undefined
            assert.equal((await ended).instanceId, id)
            assert.deepEqual(socket.records.status.runningInstances, [])
        })

        it('that does not answer when it is asked first, is asked again', async () => {
            bench = await Bench.open({ plug: { fault: 'silent' }, confirm: 100 })
            bench.plug.press()
            const { socket } = bench.begin()
            await until(socket, () => socket.view.trouble === undefined)
            const asked = () => bench.plug.commands.filter(({ topic }) => topic.endsWith('STATUS')).length
            await eventually(() => asked() > 0)
            bench.plug.fault = undefined
            await until(socket, () => socket.view.power === 'on')
        })

        it('that turns on instead of off, says that the instance runs', async () => {
            const socket = await open({ confirm: 500 })
            const { id } = await socket.start()
            bench.plug.fault = 'contrary'
            await assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            assert.deepEqual(socket.records.status.runningInstances, [id])
            assert.equal(bench.plug.relays[0], true)
            bench.plug.fault = undefined
            await socket.stop(id)
        })

        it('that was silently switched off, does not run an instance on after another start was refused', async () => {
            const socket = await open({ confirm: 500, interval: 60_000 })
            const { id } = await socket.start()
            bench.plug.fault = 'silent'
            await assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            bench.plug.fault = 'contrary'
            await assert.rejects(socket.start(), refused(409, 'TURNED_OFF'))
            assert.equal(bench.plug.relays[0], false)
            assert.deepEqual(socket.records.status.runningInstances, [])
        })

        it('that goes offline, runs on, and can be stopped once it is back', async () => {
            const socket = await open({ confirm: 500 })
            const { id } = await socket.start()
            bench.plug.goOffline()
            await until(socket, () => socket.view.reachable === false)
            await assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            assert.deepEqual(socket.records.status.runningInstances, [id])
            const back = next(socket, 'reachable')
            await bench.plug.comeBack()
            await back
            await socket.stop(id)
            assert.equal(bench.plug.relays[0], false)
        })

        it('that loses its mains and stays off, has stopped', async () => {
            const socket = await open({ plug: { powerOnState: 0 } })
            const { id } = await socket.start()
            const ended = next(socket, 'stopped')
            await bench.plug.reboot()
            await ended
            assert.equal((await socket.records.get(id)).isManuallyStopped, true)
            const again = await socket.start()
            assert.ok(again.powerOnTimestamp)
        })

        it('that says everything twice, starts and stops as with any other', async () => {
            const socket = await open({ plug: { fault: 'duplicate' } })
            for (let round = 0; round < 5; round++) {
                const { id } = await socket.start()
                assert.equal(bench.plug.relays[0], true)
                await socket.stop(id)
                assert.equal(bench.plug.relays[0], false)
            }
            assert.equal(socket.records.status.powerStatus.length, 5)
        })

        it('pressed while a command is under way, is seen as it then is', async () => {
            const socket = await open()
            const { id } = await socket.start()
            // Both reports arrive together: that it went off as told, and that it was switched on again.
            const press = (_topic: string, payload: string) => {
                if (payload !== 'OFF') return
                bench.plug.off('said', press)
                bench.plug.press()
            }
            bench.plug.on('said', press)
            await socket.stop(id)
            assert.equal(bench.plug.relays[0], true)
            await until(socket, () => socket.view.power === 'on')
            assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff, null)
        })
    })
})
