import assert from 'node:assert/strict'
import { connectAsync } from 'mqtt'
import { type Brewery, hold, paths } from './brewery.ts'

/** What the brewery's fermenter does: tests of a brewery that runs. */
export const describeFermenter = (given: () => Brewery): void => {
    describe('has a fermenter', () => {
        let brewery: Brewery
        before(() => {
            brewery = given()
        })
        const ask = (method: string, path: string, body?: unknown) => brewery.ask(method, path, body)
        const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).status
        const post = (channel: string, body: unknown) => ask('POST', `/channels/${channel}`, body)

        it('that says what its sensor does, and heats nothing without a set-point', async () => {
            const { value, setPoint, on, mode } = await brewery.says('fermenter', (data) => data.value !== null)
            assert.deepEqual([value > 15, setPoint, on, mode], [true, null, false, 'auto'])
            assert.equal(await statusOf('GET', '/fermentation'), 404)
            assert.equal(await statusOf('POST', '/fermentation/pause'), 404)
            assert.equal(await statusOf('POST', '/fermentation/start', { id: 'nothing' }), 404)
            assert.equal(await statusOf('POST', '/fermentation/fly'), 422)
            assert.equal(await statusOf('POST', '/fermentation/measured', { value: 50 }), 422)
            assert.deepEqual(paths(await ask('POST', '/fermentation/start', { profile: { points: [{ at: 'soon', value: 1 }] } })), [
                'profile.points[0].at',
            ])
            assert.deepEqual(
                [
                    await statusOf('PUT', '/fermentation/thermostat', {}),
                    await statusOf('PUT', '/fermentation/thermostat', { mode: 'warm' }),
                ],
                [422, 422],
            )
            assert.deepEqual(paths(await ask('PUT', '/fermentation/thermostat', { value: 90 })), ['value'])
            for (const setPoint of [-51, 500]) {
                const answer = await ask('PUT', '/fermentation/thermostat', { mode: 'auto', setPoint })
                assert.deepEqual([answer.status, paths(answer)], [422, ['setPoint']])
            }
            assert.equal((await ask('PUT', '/fermentation/thermostat', { setPoint: null })).body.setPoint, null)
        })

        it('that heats by no value which a broken sensor says', async () => {
            const client = await connectAsync(brewery.mqtt.url)
            await client.publishAsync('vessel/temperature', '-127')
            await brewery.logged(/ error fermenter: the sensor says -127\n/)
            await client.endAsync()
        })

        it('whose profile is played, paused, edited with a preview, and gone back and forth in', async () => {
            const steps = [
                { type: 'set', value: 12 },
                { type: 'confirm', text: 'dry hops' },
                { type: 'set', value: 14 },
                { type: 'hold', duration: 3600 },
            ]
            const page = await brewery.page(['data'])
            const started = await ask('POST', '/fermentation/start', { profile: { name: 'lager', steps }, by: 'ann' })
            assert.deepEqual([started.status, started.body.setPoint, started.body.confirm, started.body.version], [200, 12, 'dry hops', 1])
            await page.told(({ key, data }) => key === 'fermenter' && data.setPoint === 12)
            assert.equal(await statusOf('POST', '/fermentation/start', { id: 'mash' }), 409)
            const does = async (action: string, body?: object) => (await ask('POST', `/fermentation/${action}`, body)).body
            assert.equal((await does('pause')).status, 'paused')
            assert.equal(await statusOf('POST', '/fermentation/pause'), 409)
            assert.equal((await does('resume')).status, 'running')
            assert.equal((await does('confirm')).setPoint, 14)
            const longer = { name: 'lager', steps: [...steps.slice(0, 3), { type: 'hold', duration: 7200 }] }
            const { changes, before, after } = await does('preview', { profile: longer })
            assert.deepEqual(changes, [{ index: 3, before: steps[3], after: longer.steps[3] }])
            assert.ok(Date.parse(after.curve.at(-1).at) > Date.parse(before.curve.at(-1).at))
            assert.equal((await ask('GET', '/fermentation')).body.version, 1)
            assert.equal((await does('edit', { profile: longer, by: 'bob' })).version, 2)
            assert.equal(await statusOf('POST', '/fermentation/edit', { profile: hold(20) }), 409)
            const { list, curve, timeLeft } = (await ask('GET', '/fermentation')).body
            assert.deepEqual([list, curve[0].value, timeLeft > 7000], [longer.steps, 14, true])
            const { versions } = (await ask('GET', '/fermentation/versions')).body
            assert.deepEqual(
                versions.map(({ version, by }: { version: number; by: string }) => [version, by]),
                [
                    [2, 'bob'],
                    [1, 'ann'],
                ],
            )
            assert.equal((await does('back')).status, 'running')
            assert.equal((await does('stop')).status, 'ended')
            await page.told(({ key, data }) => key === 'fermenter.profile' && data.status === 'ended')
            page.leave()
            await brewery.logged(/ notice fermenter: profile lager: edited, step 4 of 4, set-point 14\n/)
        })

        it('that is held at its set-point, with an alarm where that takes too long or the sensor is silent', async () => {
            assert.equal((await ask('PUT', '/fermentation/thermostat', { mode: 'off' })).body.mode, 'off')
            const page = await brewery.page(['alarms'])
            const { setPoint } = (await ask('POST', '/fermentation/start', { profile: hold(24) })).body
            assert.equal(setPoint, 24)
            await page.told(({ key, data }) => key === 'fermenter.not-reached' && data.event === 'raise')
            assert.equal(brewery.plug.relays[0], false)
            await ask('PUT', '/fermentation/thermostat', { mode: 'auto' })
            await brewery.heater(true)
            await brewery.reaches((value) => value > 24)
            await brewery.heater(false)
            await brewery.alarmIs('fermenter.not-reached', 'returned-unacknowledged')
            await brewery.says('fermenter.heater', (data) => data.on === true)
            assert.ok(Math.abs(brewery.vessel.temperature - 24) < 1, String(brewery.vessel.temperature))
            await brewery.heater(true)
            brewery.vessel.fault = 'silent'
            await brewery.heater(false)
            await brewery.alarmIs('fermenter.no-data', 'unacknowledged')
            brewery.vessel.fault = undefined
            await brewery.heater(true)
            await brewery.alarmIs('fermenter.no-data', 'returned-unacknowledged')
            page.leave()
            for (const property of ['temperature', 'setPoint', 'demand']) {
                const { points } = (await ask('GET', `/fermentation/trend/${property}`)).body
                assert.ok(points.length > 1, property)
            }
            assert.equal(await statusOf('GET', '/fermentation/trend/temperature?from=then'), 422)
        })

        it('with an alarm where its plug does not do what it is told, and at a limit', async () => {
            await ask('PUT', '/fermentation/thermostat', { mode: 'off' })
            await brewery.heater(false)
            brewery.plug.fault = 'deaf'
            await ask('PUT', '/fermentation/thermostat', { mode: 'manual', power: 1 })
            await brewery.alarmIs('fermenter.heater', 'unacknowledged')
            brewery.plug.fault = undefined
            await brewery.heater(true)
            await brewery.alarmIs('fermenter.heater', 'returned-unacknowledged')
            await brewery.alarmIs('fermenter.high', 'unacknowledged')
            assert.ok((await brewery.alarm('fermenter.high')).value > 30)
            await brewery.alarmIs('fermenter.high-high', 'unacknowledged')
            assert.equal((await brewery.alarm('fermenter.high-high')).priority, 'critical')
            await ask('POST', '/alarms/fermenter.high/ack', { by: 'ann' })
            await ask('PUT', '/fermentation/thermostat', { mode: 'auto' })
            await brewery.reaches((value) => value < 24)
        })

        it('with an alarm while its plug is away, and while somebody has switched it on by hand', async () => {
            await ask('PUT', '/fermentation/thermostat', { mode: 'off' })
            await brewery.heater(false)
            brewery.plug.fault = 'offline'
            await brewery.alarmIs('fermenter.plug', 'unacknowledged')
            brewery.plug.fault = undefined
            await brewery.alarmIs('fermenter.plug', 'returned-unacknowledged')
            brewery.plug.press()
            await brewery.alarmIs('fermenter.by-hand', 'unacknowledged')
            brewery.plug.press()
            await brewery.alarmIs('fermenter.by-hand', 'returned-unacknowledged')
            await ask('PUT', '/fermentation/thermostat', { mode: 'auto' })
        })

        it('whose plug goes off by itself when Node-RED is killed, and which goes on where it was when that is back', async () => {
            const page = await brewery.page(['news'])
            await post('alarms', { id: 'kept', text: 'kept', priority: 'low' })
            await ask('POST', '/alarms/kept/ack', { by: 'ann' })
            await ask('POST', '/alarms/kept/shelve', { duration: 0.05 })
            // A value that stays too low keeps it heating.
            await brewery.reaches((value) => value < 23.7)
            brewery.vessel.fault = 'stuck'
            await brewery.heater(true)
            const told = () => brewery.plug.commands.filter(({ payload }) => payload === 'OFF').length
            const before = told()
            await brewery.red.kill()
            page.leave()
            await brewery.heater(false)
            assert.equal(told(), before)
            await brewery.again({ BREWERY_MIN_ON: '1500 ms', BREWERY_MIN_OFF: '3 s', BREWERY_BAND: '0.05' })
            await brewery.heater(true)
            brewery.vessel.fault = undefined
            const { status, setPoint } = (await ask('GET', '/fermentation')).body
            assert.deepEqual([status, setPoint], ['running', 24])
            // Shelved over the restart, and back by itself.
            await brewery.alarmIs('kept', 'acknowledged', 'unacknowledged')
            assert.equal((await brewery.alarm('fermenter.heater')).state, 'returned-unacknowledged')
            await post('news', { n: 7 })
            const again = await brewery.page(['news'], page.cursors)
            assert.deepEqual(
                again.of('news').map(({ data }) => data.n),
                [7],
            )
            assert.equal(again.all[0].resumed, true)
            again.leave()
        })

        it('that is held near its set-point while power is on and off for as long as it has to be at least', async () => {
            // A vessel that comes while its plug is on knows nothing of that: this one comes when it has just gone off.
            await brewery.heater(true)
            await brewery.heater(false)
            await brewery.replaceVessel({ speed: 100, every: 20, start: 24 })
            const values: number[] = []
            brewery.vessel.on('said', (value) => values.push(value))
            await brewery.heater(true)
            await brewery.heater(false)
            const began = performance.now()
            for (const on of [true, false, true, false]) await brewery.heater(on)
            // Each time for 3 s off, and 1.5 s on; a plug that is told hears it a bit sooner or later. Without those times it would be a half.
            assert.ok(performance.now() - began > 8000, String(performance.now() - began))
            assert.deepEqual(
                values.filter((value) => Math.abs(value - 24) > 0.6),
                [],
            )
        })
    })
}
