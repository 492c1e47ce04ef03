import assert from 'node:assert/strict'
import { Flow } from '../support/flow.ts'

/** A thermostat whose power is a lease on a plug. */
const options = {
    settings: {
        ...{ store: 'st', minOn: '0', minOff: '0', renew: '200 ms', timeout: '2', sensorLost: '60' },
        wires: [['way-1'], ['way-2'], ['start', 'way-3'], ['stop', 'way-4']],
    },
    more: ['start', 'stop'].map((id) => ({ id, type: `socketworks-${id}-instance`, wires: id === 'stop' ? [['way-5'], []] : [[], []] })),
}

describe('thermostat', () => {
    let flow: Flow
    before(async () => {
        flow = await Flow.open('thermostat', options)
    })
    after(() => flow.close())
    const running = async () => (await flow.socket!.status()).runningInstances
    const give = (payload: object) => flow.done({ payload })
    const asked = () => flow.outcomes.filter(({ way }) => way === 3).length

    it('has the plug on and off by its value, as one instance that it asks for again and again', async () => {
        await give({ setPoint: 20 })
        const { payload } = await give({ value: '15' })
        assert.deepEqual(payload, { id: 'heater', mode: 'auto', setPoint: 20, value: 15, demand: 1, on: true, lost: false })
        await flow.relay(true)
        await flow.shows('green', '15 → 20 · 100 %')
        const on = await flow.arrives(3)
        assert.deepEqual(
            [on.topic, on.payload.lease, on.payload.timeout ?? on.payload.instance.timeout >= 2000],
            ['heater', 'heater', 2000],
        )
        await flow.arrives(3, () => asked() >= 4)
        assert.deepEqual([(await running()).length, flow.told('ON')], [1, 1])
        await give({ value: 21 })
        const { payload: stopped } = await flow.arrives(5)
        assert.equal(stopped.instances.length, 1)
        await flow.shows('grey', '21 → 20 · 0 %')
        assert.deepEqual([await running(), flow.told('OFF')], [[], 1])
    })

    it('makes up for a press of the button when it asks the next time, and goes off by hand', async () => {
        await give({ mode: 'manual', power: 1 })
        await flow.relay(true)
        flow.plug.press()
        await flow.relay(false)
        await flow.relay(true)
        await give({ mode: 'off' })
        await flow.relay(false)
        await flow.shows('grey', 'off · 21')
    })

    it('refuses what is wrong, or nothing at all, naming it', async () => {
        for (const [payload, text] of [
            [{}, /^value is required, or/],
            [{ value: 'hot' }, /^value must be a finite number/],
            [{ mode: 'on' }, /^mode must be auto or/],
            [{ mode: 'manual', power: 2 }, /^power must be at most 1/],
        ] as const)
            assert.match((await flow.refused({ payload }, 422, 'BAD_INPUT')).payload.message, text)
    })

    it('leaves no power behind when it is gone: the lease ends by itself', async () => {
        await give({ mode: 'auto', value: 15 })
        await flow.relay(true)
        await flow.node().close(false)
        await flow.relay(false)
    })
})
