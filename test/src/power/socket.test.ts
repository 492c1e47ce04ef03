import assert from 'node:assert/strict'
import { Bench, type BenchOptions, next, type Process, until } from '../../support/bench.ts'
import { refused } from '../../support/refused.ts'

describe('a socket', () => {
    let bench: Bench
    let run: Process
    const open = async (options: BenchOptions = {}) => {
        bench = await Bench.open(options)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())

    describe('starting', () => {
        it('switches on, and answers with the first reading', async () => {
            const socket = await open()
            const instance = await socket.start(60_000)
            assert.equal(bench.plug.relays[0], true)
            assert.equal(instance.energy.power.length, 1)
            assert.equal(typeof instance.energy.voltage[0], 'number')
            assert.equal(instance.timeout, 60_000)
            assert.equal(instance.stopTimestamp, null)
            assert.ok(instance.powerOnTimestamp)
            assert.deepEqual(socket.records.status.runningInstances, [instance.id])
            assert.deepEqual(Object.keys(instance), [
                'id',
                'energy',
                'timeout',
                'startTimestamp',
                'stopTimestamp',
                'powerOnTimestamp',
                'powerOffTimestamp',
                'isEmergencyStopped',
                'isManuallyStopped',
                'summary',
            ])
        })

        it('sends one ON for twenty starts at once, and one of them owns it', async () => {
            const socket = await open()
            const instances = await Promise.all(Array.from({ length: 20 }, () => socket.start()))
            assert.equal(bench.told('ON'), 1)
            assert.equal(instances.filter((instance) => instance.powerOnTimestamp).length, 1)
            assert.equal(new Set(instances.map((instance) => instance.id)).size, 20)
            assert.equal(socket.records.status.powerStatus.length, 1)
        })

        it('is refused with 409 by a plug that reports OFF, and leaves nothing behind', async () => {
            const socket = await open({ confirm: 1500 })
            bench.plug.fault = 'contrary'
            await assert.rejects(socket.start(), refused(409, 'TURNED_OFF'))
            assert.deepEqual(socket.records.status.runningInstances, [])
            bench.plug.fault = undefined
            await socket.start()
        })

        it('fails with 500 when the plug says nothing, and has it switched off as soon as it speaks', async () => {
            const socket = await open({ confirm: 500 })
            bench.plug.fault = 'silent'
            await assert.rejects(socket.start(), refused(500, 'NOT_CONFIRMED'))
            assert.deepEqual(socket.records.status.runningInstances, [])
            bench.plug.fault = undefined
            await bench.relay(false)
        })

        it('refuses all who waited for the same plug together', async () => {
            const socket = await open({ confirm: 500 })
            bench.plug.fault = 'deaf'
            const results = await Promise.allSettled(Array.from({ length: 20 }, () => socket.start()))
            assert.ok(results.every((result) => result.status === 'rejected'))
            assert.equal(bench.told('ON'), 1)
        })

        it('is not confirmed by a report of another relay, nor by one the broker kept', async () => {
            const socket = await open({ confirm: 500 })
            bench.plug.fault = 'deaf'
            const started = socket.start()
            run.broker.publish('stat/smart-socket/POWER2', 'ON')
            run.broker.publish('stat/smart-socket/RESULT', '{"POWER2":"ON"}')
            await assert.rejects(started, refused(500, 'NOT_CONFIRMED'))
        })

        it('is not refused because of the late echo of an earlier OFF', async () => {
            const socket = await open()
            bench.plug.once('command', () => run.broker.publish('stat/smart-socket/POWER', 'OFF'))
            await socket.start()
        })
    })

    describe('stopping', () => {
        it('switches off with the last instance only', async () => {
            const socket = await open()
            const [first, second] = [await socket.start(), await socket.start()]
            const stopped = await socket.stop(first.id)
            assert.equal(stopped.powerOffTimestamp, null)
            assert.equal(bench.told('OFF'), 0)
            const last = await socket.stop(second.id)
            assert.ok(last.powerOffTimestamp)
            assert.equal(bench.plug.relays[0], false)
            assert.deepEqual(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, second.id)
        })

        it('gives back one that has stopped already, and 404 for one that never was', async () => {
            const socket = await open()
            const { id } = await socket.start()
            assert.deepEqual(await socket.stop(id), await socket.stop(id))
            for (const unknown of ['nobody', '__proto__', 'constructor'])
                await assert.rejects(socket.stop(unknown), refused(404, 'NOT_FOUND'))
        })

        it('fails with 500 when the plug does not confirm: the instance runs on, until the late report comes', async () => {
            const socket = await open({ confirm: 200, plug: { delay: 400 } })
            const { id } = await socket.start()
            bench.plug.fault = 'slow'
            const stopped = next(socket, 'stopped')
            await assert.rejects(socket.stop(id), refused(500, 'NOT_CONFIRMED'))
            assert.deepEqual(socket.records.status.runningInstances, [id])
            await stopped
            const instance = await socket.records.get(id)
            assert.equal(instance.isManuallyStopped, false)
            assert.ok(instance.powerOffTimestamp)
        })

        it('at once with starts ends in the right state', async () => {
            const socket = await open()
            for (let round = 0; round < 5; round++) {
                const instances = await Promise.all(Array.from({ length: 5 }, () => socket.start()))
                const [kept, ...ended] = instances
                const [extra] = await Promise.all([socket.start(), ...ended.map(({ id }) => socket.stop(id))])
                assert.equal(bench.plug.relays[0], true)
                await Promise.all([socket.stop(kept!.id), socket.stop(extra.id)])
                assert.equal(bench.plug.relays[0], false)
            }
            assert.deepEqual(socket.records.status.runningInstances, [])
        })

        it('happens by itself after the timeout', async () => {
            const socket = await open()
            const ended = next(socket, 'stopped')
            const { id } = await socket.start(100)
            assert.equal((await ended).reason, 'timeout')
            await bench.relay(false)
            await until(socket, () => socket.view.power === 'off')
            const instance = await socket.records.get(id)
            assert.ok(instance.stopTimestamp)
            assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<timeout>')
        })
    })

    describe('by hand', () => {
        it('switched off, stops every instance', async () => {
            const socket = await open()
            const instances = [await socket.start(), await socket.start()]
            const off = next(socket, 'manual')
            bench.plug.press()
            await off
            for (const { id } of instances) {
                const instance = await socket.records.get(id)
                assert.equal(instance.isManuallyStopped, true)
                assert.ok(instance.powerOffTimestamp)
            }
            assert.equal(socket.records.status.powerStatus.at(-1)?.powerOff?.instanceId, '<manual>')
            // It may be told once more: another plug on the same topic would still be on.
            assert.ok(bench.told('OFF') <= 1)
        })

        it('switched on, is noted and left on', async () => {
            const socket = await open()
            const on = next(socket, 'manual')
            bench.plug.press()
            assert.equal((await on).power, 'on')
            assert.equal(socket.records.status.powerStatus.at(-1)?.powerOn?.instanceId, '<manual>')
            const { id, powerOnTimestamp } = await socket.start()
            assert.equal(powerOnTimestamp, null)
            await socket.stop(id)
            assert.equal(bench.plug.relays[0], false)
        })
    })
})
