import assert from 'node:assert/strict'
import { opened } from '../../../src/power/machine.ts'
import { OffGuard } from '../../../src/power/off-guard.ts'
import type { Plug } from '../../../src/power/plug.ts'
import type { InstanceRow } from '../../../src/power/repository.ts'
import { Runs } from '../../../src/power/runs.ts'
import { Bench, type Process, until } from '../../support/bench.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually, moment, scratch } from '../../support/file.ts'
import { refused } from '../../support/refused.ts'

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

    /** What it was told, oldest first. */
    const order = () =>
        bench.plug.commands.flatMap(({ topic, payload }) => {
            const leaf = topic.slice(topic.lastIndexOf('/') + 1)
            return leaf === 'POWER' && payload !== '' ? [payload] : leaf === 'PulseTime1' ? [payload === '0' ? 'disarm' : 'arm'] : []
        })

    it('sets it before the plug goes on, and takes it back once that is off, not before', async () => {
        const { id } = await run.socket.start(30_000)
        await run.socket.stop(id)
        await disarmed()
        await run.socket.start(30_000)
        await run.socket.emergencyStop()
        await disarmed()
        assert.deepEqual(order(), ['disarm', 'arm', 'ON', 'OFF', 'disarm', 'arm', 'ON', 'OFF', 'disarm'])
    })

    it('has the plug go off by itself when the process is gone as soon as the plug has heard ON', async () => {
        const heard = new Promise<void>((resolve) => {
            bench.plug.on('command', ({ topic, payload }) => topic.endsWith('POWER') && payload === 'ON' && resolve())
        })
        const starting = assert.rejects(run.socket.start(30_000))
        await heard
        await run.end(new Error('gone'))
        await starting
        assert.equal(bench.plug.relays[0], true)
        await bench.relay(false)
        assert.deepEqual(order(), ['disarm', 'arm', 'ON'])
    })

    it('takes it back when a start fails, and for an instance without an end before the plug goes on', async () => {
        await run.end()
        run = await bench.start({ confirm: 300 })
        await until(run.socket, () => run.socket.view.trouble === undefined)
        bench.plug.on('said', (topic, payload) => {
            if (topic.endsWith('POWER') && payload === 'ON') bench.plug.fault = 'silent'
        })
        bench.plug.on('command', ({ topic, payload }) => {
            if (topic.endsWith('POWER') && payload === 'OFF') bench.plug.fault = undefined
        })
        await assert.rejects(run.socket.start(30_000), refused(500, 'NO_READING'))
        await disarmed()
        bench.plug.removeAllListeners('said')
        await run.socket.start()
        assert.deepEqual(order(), ['disarm', 'disarm', 'arm', 'ON', 'OFF', 'disarm', 'disarm', 'ON'])
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

describe('OffGuard', () => {
    const open = () => {
        const clock = new FakeClock()
        const closing = new AbortController()
        const runs = new Runs(clock, () => {}, new AbortController().signal)
        const told: number[] = []
        const plug = {
            isConnected: true,
            offAfter(seconds: number) {
                if (!plug.isConnected) return undefined
                told.push(seconds)
                return Math.min(seconds, 64_800)
            },
        }
        const world = { clock, runs, told, plug, closing, state: { ...opened(5000, 0, null, false), isLoaded: true } }
        const guard = new OffGuard(plug as unknown as Plug, runs, () => world.state, clock, closing.signal)
        const runFor = (seconds: number, id = 'a') => {
            if (!runs.renew(id, seconds * 1000, seconds * 1000))
                runs.add({ id, startedAt: clock.now(), timeout: seconds * 1000 } as InstanceRow)
            guard.update()
        }
        const end = () => {
            runs.takeAll()
            guard.update()
        }
        return Object.assign(world, { guard, runFor, end })
    }

    it('grants us a few seconds more than the instance has', () => {
        const { told, runFor } = open()
        runFor(60)
        runFor(-20)
        assert.deepEqual(told, [65, 5])
    })

    it('is taken back once, also what another process has set, but not before it is known that nobody runs and the plug is off', () => {
        const world = open()
        const { told, guard, runFor, end, state } = world
        for (const unknown of [{ isLoaded: false }, { offDue: true }]) {
            world.state = { ...state, ...unknown }
            guard.update()
            guard.renew()
        }
        assert.deepEqual(told, [])
        world.state = state
        guard.renew()
        guard.renew()
        runFor(10)
        end()
        end()
        assert.deepEqual(told, [0, 15, 0])
    })

    it('is set before ON for as long as the start may take, and again only if that does not fit the instance', () => {
        const { told, guard, runFor, end, clock } = open()
        guard.beforeOn(60_000, 10_000)
        clock.advance(1500)
        runFor(60)
        assert.deepEqual(told, [65])
        end()
        guard.beforeOn(60_000, 10_000)
        clock.advance(4000)
        runFor(60)
        end()
        assert.deepEqual(told.splice(0), [65, 0, 65, 65, 0])
        guard.beforeOn(1000, 10_000)
        runFor(1)
        assert.deepEqual(told, [15, 6])
    })

    it('is never shorter before ON than what runs already', () => {
        const { told, guard, runFor } = open()
        runFor(60)
        guard.beforeOn(20_000, 10_000)
        guard.beforeOn(0, 10_000)
        guard.update()
        assert.deepEqual(told.splice(0), [65, 65, 65])
        runFor(0, 'endless')
        guard.beforeOn(20_000, 10_000)
        assert.deepEqual(told, [0, 0])
    })

    it('is set anew well before the longest time a plug can count', () => {
        const { clock, told, runFor, end } = open()
        runFor(200_000)
        clock.advance(199_999_000)
        assert.deepEqual(told, [200_005, 167_605, 135_205, 102_805, 70_405, 38_005])
        const { pending } = clock
        runFor(200_000, 'b')
        end()
        assert.equal(clock.pending, pending - 1)
    })

    it('is said again when the plug comes within reach', () => {
        const { clock, told, plug, guard, runFor, end } = open()
        plug.isConnected = false
        guard.update()
        runFor(60)
        plug.isConnected = true
        clock.advance(10_000)
        guard.renew()
        guard.renew()
        assert.deepEqual(told.splice(0), [55, 55])
        plug.isConnected = false
        end()
        plug.isConnected = true
        guard.renew()
        guard.renew()
        assert.deepEqual(told, [0])
    })

    it('holds no timer once it is closed', () => {
        const { clock, closing, runFor } = open()
        runFor(200_000)
        const { pending } = clock
        closing.abort()
        assert.equal(clock.pending, pending - 1)
    })
})
