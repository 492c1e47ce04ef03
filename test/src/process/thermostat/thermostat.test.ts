import assert from 'node:assert/strict'
import type { ThermostatSettings } from '../../../../src/process/thermostat/machine.ts'
import { Thermostat } from '../../../../src/process/thermostat/thermostat.ts'
import { KeptWorld } from '../../../support/kept-world.ts'
import { refused } from '../../../support/refused.ts'

const MINUTE = 60_000
const usual: ThermostatSettings = {
    ...{ action: 'heat', control: 'hysteresis', band: 0.2, gain: 0.5, integral: 30 * MINUTE, derivative: 0, cycle: 10 * MINUTE },
    ...{ minOn: MINUTE, minOff: 3 * MINUTE, sensorLost: 5 * MINUTE, stuckAfter: 0, renew: MINUTE },
}

describe('a thermostat', () => {
    let world: KeptWorld
    let thermostat: Thermostat
    let told: string[]
    let began: number
    let settings: ThermostatSettings
    beforeEach(() => {
        world = new KeptWorld()
        settings = usual
        open()
    })
    afterEach(() => world.clear())

    function open(): void {
        told = []
        began = world.clock.monotonic()
        const power = (on: boolean) => void told.push(`${((world.clock.monotonic() - began) / MINUTE).toFixed(1)} ${on ? 'on' : 'off'}`)
        const { store, clock, closed: signal } = world
        thermostat = new Thermostat({ node: 'n', store, settings, clock, power, changed: () => {}, signal })
    }
    const value = (given: number) => world.until(thermostat.take({ type: 'value', value: given }))

    it('goes on with power where a process before was killed, and asks for it at once', async () => {
        await world.until(thermostat.take({ type: 'set', setPoint: 20 }))
        await value(15)
        await world.pass(3.5 * MINUTE, MINUTE / 2)
        await world.idle()
        assert.deepEqual(told, ['3.0 on'])
        await world.kill()
        open()
        await world.idle()
        assert.deepEqual(told, ['0.0 on'])
        assert.deepEqual([thermostat.view!.setPoint, thermostat.view!.on], [20, true])
        await world.pass(6 * MINUTE, MINUTE / 2)
        assert.deepEqual(told, ['0.0 on', '1.0 on', '2.0 on', '3.0 on', '4.0 on', '5.0 off'])
        assert.equal(thermostat.view!.lost, true)
    })

    it('does not heat again after a restart by what a lost sensor said last', async () => {
        await world.until(thermostat.take({ type: 'set', setPoint: 20 }))
        await value(15)
        await world.pass(9 * MINUTE, MINUTE / 2)
        await world.idle()
        assert.equal(told.at(-1), '5.0 off')
        await world.kill()
        open()
        await world.pass(9 * MINUTE, MINUTE / 2)
        assert.deepEqual([told, thermostat.view!.lost], [[], true])
        await value(15)
        await world.idle()
        assert.deepEqual([told, thermostat.view!.lost], [['9.0 on'], false])
    })

    it('does not heat again after a restart by a sensor that was stuck, before that says something else', async () => {
        settings = { ...usual, stuckAfter: 2 * MINUTE }
        open()
        await world.until(thermostat.take({ type: 'set', setPoint: 20 }))
        const stay = async (minutes: number, given: number) => {
            for (let half = 0; half < 2 * minutes; half++) {
                await value(given)
                await world.pass(MINUTE / 2)
            }
        }
        await stay(9, 15)
        assert.deepEqual([told.at(-1), thermostat.view!.lost], ['5.0 off', true])
        await world.kill()
        open()
        await stay(9, 15)
        assert.deepEqual([told, thermostat.view!.lost], [[], true])
        await value(15.1)
        await world.idle()
        assert.deepEqual([told, thermostat.view!.lost], [['9.0 on'], false])
    })

    it('keeps the power by hand over a kill', async () => {
        await world.until(thermostat.take({ type: 'set', mode: 'manual', demand: 1 }))
        await world.pass(4 * MINUTE, MINUTE / 2)
        assert.equal(told[0], '3.0 on')
        await world.until(thermostat.take({ type: 'set', demand: 0.05 }))
        await world.until(thermostat.settled())
        await world.kill()
        open()
        await world.idle()
        assert.deepEqual([thermostat.view!.mode, thermostat.view!.demand], ['manual', 0.05])
    })

    it('switches nothing before what it did can be read, and does not have any number of values wait for that', async () => {
        const { clock, closed: signal } = world
        const { promise: ready, resolve: open } = Promise.withResolvers<void>()
        const store = { states: world.store.states, ready: () => ready }
        const blind = new Thermostat({ node: 'x', store, settings, clock, power: () => assert.fail(), changed: () => {}, signal })
        const values = Array.from({ length: 101 }, (_, value) => blind.take({ type: 'value', value }))
        await assert.rejects(values.pop()!, refused(503, 'STORE_UNAVAILABLE'))
        assert.equal(blind.view, undefined)
        open()
        await world.until(Promise.all(values))
        assert.equal(blind.view!.value, 99)
    })

    it('keeps its minimum times over a kill', async () => {
        await world.until(thermostat.take({ type: 'set', setPoint: 20 }))
        await value(15)
        await world.pass(4.5 * MINUTE, MINUTE / 2)
        await value(21)
        await world.idle()
        assert.equal(told.at(-1), '4.5 off')
        await world.kill(MINUTE)
        open()
        await value(15)
        await world.pass(3 * MINUTE, MINUTE / 2)
        assert.deepEqual(told, ['2.0 on', '3.0 on'])
    })
})
