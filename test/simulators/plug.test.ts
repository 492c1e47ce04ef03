import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Fault } from '../../simulators/plug/faults.ts'
import { Plug, type PlugOptions } from '../../simulators/plug/plug.ts'
import { startAedes, type TestBroker } from '../support/broker.ts'
import { Ear } from './ear.ts'

describe('the simulated plug', () => {
    let broker: TestBroker
    let client: MqttClient
    let ear: Ear
    let plug: Plug | undefined

    beforeEach(async () => {
        broker = await startAedes()
        client = await connectAsync(broker.url, { reconnectPeriod: 50 })
        ear = new Ear(client)
        await client.subscribeAsync('#')
    })
    afterEach(async () => {
        await plug?.close()
        plug = undefined
        await client.endAsync()
        await broker.close()
    })
    const start = async ({ fault, ...options }: PlugOptions = {}) => {
        plug = await Plug.connect({ port: broker.port, telePeriod: 0, ...options })
        await ear.hears(options.relays ? 'stat/POWER2' : 'stat/POWER')
        plug.fault = fault
        return plug
    }

    describe('answers', () => {
        it('a power command on RESULT and then on POWER, and is then on', async () => {
            const plug = await start()
            assert.deepEqual(await ear.ask('POWER', 'ON'), ['stat/RESULT {"POWER":"ON"}', 'stat/POWER ON'])
            assert.deepEqual(plug.relays, [true])
            assert.deepEqual(await ear.ask('POWER1', 'toggle'), ['stat/RESULT {"POWER":"OFF"}', 'stat/POWER OFF'])
            assert.deepEqual(await ear.ask('POWER', '1'), ['stat/RESULT {"POWER":"ON"}', 'stat/POWER ON'])
            assert.deepEqual(await ear.ask('POWER', '0'), ['stat/RESULT {"POWER":"OFF"}', 'stat/POWER OFF'])
        })

        it('remembers the commands', async () => {
            const plug = await start()
            await ear.ask('POWER', 'ON')
            const { topic, payload } = plug.commands.find(({ topic }) => topic.endsWith('POWER'))!
            assert.deepEqual({ topic, payload }, { topic: 'cmnd/smart-socket/POWER', payload: 'ON' })
        })

        it('with several relays numbers them, gives a digit for each and arrays', async () => {
            await start({ relays: 2 })
            assert.deepEqual(await ear.ask('POWER2', 'ON'), ['stat/RESULT {"POWER2":"ON"}', 'stat/POWER2 ON'])
            await ear.ask('STATUS')
            const { Power, PowerLock } = (await ear.json('stat/STATUS {')).Status
            assert.deepEqual([Power, PowerLock], ['10', '00'])
            await ear.ask('STATUS', '10')
            const { ENERGY } = (await ear.json('stat/STATUS10 ')).StatusSNS
            assert.equal(ENERGY.Power[0], 0)
            assert.ok(ENERGY.Power[1] > 900)
            await ear.ask('STATUS', '11')
            assert.equal((await ear.json('stat/STATUS11 ')).StatusSTS.POWER2, 'ON')
        })

        it('a bit for each relay before 13.4', async () => {
            await start({ relays: 2, firmware: '13.3.0' })
            await ear.ask('POWER2', 'ON')
            await ear.ask('STATUS')
            assert.equal((await ear.json('stat/STATUS {')).Status.Power, 2)
        })

        it('in its own words, and tells them', async () => {
            await start({ stateText: ['AUS', 'EIN'] })
            assert.deepEqual(await ear.ask('POWER', 'ON'), ['stat/RESULT {"POWER":"EIN"}', 'stat/POWER EIN'])
            const [told] = await ear.ask('StateText')
            assert.equal(told, 'stat/RESULT {"StateText1":"AUS","StateText2":"EIN","StateText3":"TOGGLE","StateText4":"HOLD"}')
            assert.deepEqual(await ear.ask('StateText1', 'NO WAY'), ['stat/RESULT {"StateText1":"NO_WAY"}'])
            assert.deepEqual(await ear.ask('POWER', 'OFF'), ['stat/RESULT {"POWER":"NO_WAY"}', 'stat/POWER NO_WAY'])
        })

        it('the phases behind its relay as arrays', async () => {
            const plug = await start({ phases: 3 })
            plug.setPower(1000)
            await ear.ask('POWER', 'ON')
            await ear.ask('STATUS', '10')
            assert.deepEqual((await ear.json('stat/STATUS10 ')).StatusSNS.ENERGY.Power, [500, 250, 250])
        })

        it('to commands for its group', async () => {
            const plug = await start({ groupTopic: 'cellar' })
            await client.publishAsync('cmnd/cellar/POWER', 'ON')
            await ear.hears('stat/POWER ON')
            assert.deepEqual(plug.relays, [true])
        })

        it('numbers a single relay with SetOption26, answers by command with 4, and without plain POWER with 90', async () => {
            const plug = await start()
            plug.setOption(26, true)
            assert.deepEqual(await ear.ask('POWER', 'ON'), ['stat/RESULT {"POWER1":"ON"}', 'stat/POWER1 ON'])
            plug.setOption(26, false)
            plug.setOption(90, true)
            assert.deepEqual(await ear.ask('POWER', 'OFF'), ['stat/RESULT {"POWER":"OFF"}'])
            plug.setOption(90, false)
            plug.setOption(4, true)
            ear.send('POWER', 'ON')
            await ear.hears('stat/POWER ON')
            assert.ok(ear.heard.includes('stat/POWER {"POWER":"ON"}'))
        })

        it('STATUS 0 with every part, and what it does not know with an error', async () => {
            await start()
            const parts = (await ear.ask('STATUS', '0')).map((line) => line.split(' ')[0])
            for (const part of ['', '1', '2', '3', '5', '6', '7', '10', '11']) assert.ok(parts.includes(`stat/STATUS${part}`), part)
            assert.deepEqual(await ear.ask('constructor'), ['stat/RESULT {"Command":"Unknown"}'])
            assert.deepEqual(await ear.ask('POWER', 'constructor'), ['stat/RESULT {"Command":"Error"}'])
            assert.deepEqual(await ear.ask('POWER9', 'ON'), ['stat/RESULT {"Command":"Error"}'])
        })

        it('an empty TelePeriod with its reports', async () => {
            await start()
            const said = await ear.ask('TelePeriod')
            assert.deepEqual(
                said.map((line) => line.split(' ')[0]),
                ['stat/RESULT', 'tele/STATE', 'tele/SENSOR'],
            )
        })

        it('a Backlog one after the other, without numbers losing their parameter', async () => {
            const plug = await start()
            ear.send('Backlog', 'DeviceName Kettle in the kitchen; POWER ON')
            await ear.hears('stat/POWER ON')
            assert.ok(ear.heard.includes('stat/RESULT {"DeviceName":"Kettle in the kitchen"}'))
            assert.deepEqual(await ear.ask('Backlog0', 'POWER OFF; POWER ON; POWER OFF'), [
                'stat/RESULT {"POWER":"OFF"}',
                'stat/POWER OFF',
                'stat/RESULT {"POWER":"ON"}',
                'stat/POWER ON',
                'stat/RESULT {"POWER":"OFF"}',
                'stat/POWER OFF',
            ])
            assert.deepEqual(plug.relays, [false])
        })

        it('on another FullTopic', async () => {
            plug = await Plug.connect({ port: broker.port, topic: 'x', fullTopic: 'house/%topic%/%prefix%/' })
            client.publish('house/x/cmnd/POWER', 'ON')
            assert.equal(await ear.hears('house/x/stat/POWER'), 'house/x/stat/POWER OFF')
            await ear.hears('house/x/stat/POWER ON')
        })
    })

    it('switches off by itself after PulseTime, which switching on begins anew', async () => {
        const plug = await start()
        assert.deepEqual(await ear.ask('PulseTime1', '2'), ['stat/RESULT {"PulseTime1":{"Set":2,"Remaining":2}}'])
        await ear.ask('POWER', 'ON')
        const [, on, cause] = await once(plug, 'relay')
        assert.deepEqual([on, cause], [false, 'timer'])
    })

    it('loses a running PulseTime when it is asked for its power, as old firmware did', async () => {
        await start()
        await ear.ask('PulseTime1', '160')
        await ear.ask('POWER', 'ON')
        const left = async () => {
            await ear.ask('PulseTime1')
            return (await ear.json('stat/RESULT {"PulseTime1"')).PulseTime1.Remaining
        }
        assert.ok((await left()) > 150)
        await ear.ask('POWER')
        assert.equal(await left(), 0)
    })

    it('reports a press of its button', async () => {
        const plug = await start()
        plug.press()
        await ear.hears('stat/POWER ON')
        assert.throws(() => plug.press(2), RangeError)
    })

    it('counts energy that grows with the power and with time, and forgets today at midnight', async () => {
        const plug = await start({ speed: 100_000, telePeriod: 3600 })
        plug.setPower(2000)
        await ear.ask('POWER', 'ON')
        const energy = async () => {
            ear.heard.length = 0
            return (await ear.json('tele/SENSOR ')).ENERGY
        }
        const first = await energy()
        let last = await energy()
        assert.ok(last.Total > first.Total)
        assert.equal(last.Power, 2000)
        // Of an hour at least, and of no more than has passed since the first report.
        assert.ok(last.Period >= 1900 && last.Period <= (last.Total - first.Total) * 1000 + 2, `${last.Period}`)
        while (last.Yesterday === 0) last = await energy()
        assert.ok(last.Today < last.Total)
        await ear.ask('POWER', 'OFF')
        assert.equal((await energy()).Power, 0)
    })

    it('says Online and, when it is gone, has the broker say Offline', async () => {
        const plug = await start()
        await ear.hears('tele/LWT Online')
        plug.goOffline()
        await ear.hears('tele/LWT Offline')
        assert.equal(plug.online, false)
        ear.heard.length = 0
        plug.press()
        await plug.comeBack()
        await ear.hears('tele/LWT Online')
        assert.deepEqual(plug.relays, [true])
        assert.deepEqual(await ear.ask('STATE').then((said) => said.filter((line) => line.startsWith('stat/POWER'))), [])
    })

    it('comes back by itself when the broker does', async () => {
        const plug = await start()
        const back = once(plug, 'online')
        await broker.restart()
        await back
        assert.equal(plug.online, true)
    })

    it('starts as PowerOnState says, and introduces itself', async () => {
        const plug = await start()
        await ear.ask('PowerOnState', '0')
        await ear.ask('POWER', 'ON')
        ear.heard.length = 0
        await plug.reboot()
        await ear.hears('stat/POWER OFF')
        assert.deepEqual(plug.relays, [false])
        await ear.hears('tele/INFO3')
    })

    describe('with a fault', () => {
        const said = (fault: Fault) =>
            ({
                contrary: ['stat/RESULT {"POWER":"OFF"}', 'stat/POWER OFF'],
                duplicate: ['stat/RESULT {"POWER":"ON"}', 'stat/RESULT {"POWER":"ON"}', 'stat/POWER ON', 'stat/POWER ON'],
                'only-result': ['stat/RESULT {"POWER":"ON"}'],
                'only-power': ['stat/POWER ON'],
            })[fault as string]

        for (const fault of ['contrary', 'duplicate', 'only-result', 'only-power'] as const)
            it(fault, async () => {
                const plug = await start({ fault })
                assert.deepEqual(await ear.ask('POWER', 'ON'), said(fault))
                assert.deepEqual(plug.relays, [fault !== 'contrary'])
            })

        for (const fault of ['silent', 'deaf'] as const)
            it(fault, async () => {
                const plug = await start()
                plug.fault = fault
                const taken = once(plug, 'command')
                ear.heard.length = 0
                ear.send('POWER', 'ON')
                await taken
                plug.fault = undefined
                assert.deepEqual(plug.relays, [fault === 'silent'])
                assert.deepEqual(await ear.ask('SetOption1'), ['stat/RESULT {"SetOption1":"OFF"}'])
            })

        it('slow', async () => {
            const plug = await start()
            plug.fault = 'slow'
            plug.delay = 200
            ear.heard.length = 0
            const before = Date.now()
            const switched = once(plug, 'relay')
            ear.send('POWER', 'ON')
            await switched
            assert.deepEqual(ear.heard, [])
            await ear.hears('stat/POWER ON')
            assert.ok(Date.now() - before >= 190)
        })

        it('offline, until it is cleared', async () => {
            const plug = await start()
            plug.fault = 'offline'
            await ear.hears('tele/LWT Offline')
            const back = once(plug, 'online')
            plug.fault = undefined
            await back
        })
    })
})
