import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Plug } from '../../simulators/plug/plug.ts'
import { VesselModel } from '../../simulators/vessel/model.ts'
import { Vessel } from '../../simulators/vessel/vessel.ts'
import { startAedes, type TestBroker } from '../support/broker.ts'

describe('the simulated vessel', () => {
    it('is a first-order lag with dead time', () => {
        const vessel = new VesselModel({ start: 20, ambient: 20, perWatt: 0.1, lag: 1000, deadTime: 100, noise: 0 })
        vessel.heat(100)
        vessel.advance(100)
        assert.equal(vessel.temperature, 20)
        vessel.advance(1000)
        assert.ok(Math.abs(vessel.temperature - (30 - 10 / Math.E)) < 1e-9)
        vessel.advance(1e6)
        vessel.heat(0)
        vessel.advance(50)
        vessel.advance(50)
        assert.ok(Math.abs(vessel.temperature - 30) < 1e-6)
        vessel.advance(1e6)
        assert.ok(Math.abs(vessel.temperature - 20) < 1e-6)
    })

    it('has a sensor that is off by no more than its noise, and always the same for the same seed', () => {
        const read = (seed: number) => {
            const vessel = new VesselModel({ noise: 0.5, seed })
            return Array.from({ length: 200 }, () => vessel.read())
        }
        const values = read(1)
        assert.ok(Math.min(...values) < 19.6 && Math.min(...values) >= 19.5)
        assert.ok(Math.max(...values) > 20.4 && Math.max(...values) <= 20.5)
        assert.deepEqual(values, read(1))
        assert.notDeepEqual(values, read(2))
    })

    describe('on a broker', () => {
        let broker: TestBroker
        let plug: Plug
        let vessel: Vessel
        before(async () => {
            broker = await startAedes()
            plug = await Plug.connect({ url: broker.url, topic: 'heater' })
            const where = { url: broker.url, topic: 'vessel/temperature', id: 'vessel', plug: 'heater' }
            vessel = new Vessel({ ...where, watts: 100, every: 10, speed: 1000, noise: 0, deadTime: 0 })
            await once(vessel, 'online')
        })
        after(async () => {
            await vessel.close()
            await plug.close()
            await broker.close()
        })
        /** The next value that fits. */
        const says = async (fits: (value: number) => boolean) => {
            for (;;) {
                const [value] = await once(vessel, 'said')
                if (fits(value)) return value as number
            }
        }

        it('is heated while its plug says that it is on', async () => {
            plug.press()
            await once(vessel, 'heater')
            await says((value) => value > 22)
            plug.press()
            await once(vessel, 'heater')
            const warm = await says(() => true)
            await says((value) => value < warm)
        })

        it('says the same again and again, or nothing, where its sensor has that fault', async () => {
            vessel.fault = 'stuck'
            const stuck = await says(() => true)
            assert.deepEqual([await says(() => true), await says(() => true)], [stuck, stuck])
            vessel.fault = 'silent'
            let said = 0
            vessel.on('said', () => said++)
            const before = vessel.temperature
            while (vessel.temperature === before || said > 0) await new Promise(setImmediate)
            vessel.fault = undefined
            await says((value) => value !== stuck)
        })
    })

    const run = (...args: string[]) =>
        new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
            execFile(process.execPath, ['simulators/vessel.ts', ...args], { timeout: 20_000 }, (error, stdout, stderr) =>
                resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
            ),
        )

    it('explains itself as a program, and refuses what is wrong', async () => {
        const [help, ...wrong] = await Promise.all([run('--help'), run('--speed', 'fast'), run('--fault', 'lazy'), run('--colour', 'red')])
        assert.equal(help.code, 0)
        for (const word of ['--plug', '--dead-time', 'silent', 'MQTT_TOPIC']) assert.ok(help.stdout.includes(word), word)
        for (const { code, stderr } of wrong) assert.deepEqual([code, /--help/.test(stderr)], [2, true], stderr)
        assert.match(wrong[1]!.stderr, /--fault must be silent or stuck/)
    })
})
