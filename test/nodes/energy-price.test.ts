import assert from 'node:assert/strict'
import { Flow, type FlowOptions } from '../support/flow.ts'

describe('energy-price', () => {
    let flow: Flow
    const open = async (options: FlowOptions = {}) => {
        flow = await Flow.open('energy-price', options)
    }
    afterEach(() => flow.close())

    /** The cost of an instance that starts and stops now. */
    const cost = async () => {
        const { id } = await flow.socket!.start()
        return (await flow.socket!.stop(id)).summary.cost
    }

    it('has instances cost something from now on, and takes that back', async () => {
        await open()
        assert.equal(await cost(), undefined)
        assert.deepEqual((await flow.done({ payload: { price: '0.32' } })).payload, { price: 0.32 })
        assert.equal(typeof (await cost()), 'number')
        assert.deepEqual((await flow.done({ payload: {} })).payload, { price: null })
        assert.equal(await cost(), undefined)
    })

    it('goes before the price that the socket is set to', async () => {
        await open({ socket: { tariff: 'Mon-Fri 06:00-22:00 0.36, 0.24', sharing: 'weight' }, settings: { price: '0', priceType: 'num' } })
        assert.ok((await cost())! >= 0)
        await flow.done({})
        assert.equal(await cost(), 0)
    })

    it('refuses what is no price', async () => {
        await open()
        for (const price of [-1, 'dear', true, {}, Number.NaN, Number.POSITIVE_INFINITY]) {
            const { payload } = await flow.refused({ payload: { price } }, 422, 'BAD_INPUT')
            assert.match(payload.message, /^price must be/)
        }
    })

    it('needs a tariff that can be read', async () => {
        await open()
        for (const tariff of ['dear', '0,32', 'Mon-Someday 1', '25:00-26:00 1', '-1']) {
            await flow.redeploy({ socket: { tariff } })
            await flow.caught({ payload: { price: 1 } }, 'BAD_CONFIG')
        }
    })
})
