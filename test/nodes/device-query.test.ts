import assert from 'node:assert/strict'
import { fleetFlow, type Message } from '../support/fleet-flow.ts'

describe('device-query and device-history', () => {
    const { load, client, update, give } = fleetFlow()

    describe('device-query', () => {
        it('answers with the devices that match, sorted and paged, and how many there are', async () => {
            await load('device-query')
            for (const [id, battery] of Object.entries({ a: 10, b: 30, c: 20, d: '25' })) await update(id, { battery })
            const payload = {
                filter: [{ property: 'battery', op: '>', value: '10' }],
                sort: [{ property: 'battery', direction: 'desc', as: 'number' }],
                limit: 2,
            }
            const out = await give({ payload, kept: 1 })
            assert.deepEqual([out.statusCode, out.kept, out.payload.total], [200, 1, 3])
            assert.deepEqual(
                out.payload.rows.map((row: Message) => [row.serial_number, row.battery]),
                [
                    ['b', 30],
                    ['d', '25'],
                ],
            )
            assert.match(out.payload.rows[0].last_status_update, /^\d{4}-.*Z$/)
            const inUrl = { filter: '[{"property":"battery","op":"=","value":20}]', offset: '0', limit: '10' }
            assert.deepEqual(
                (await give({ payload: inUrl })).payload.rows.map((row: Message) => row.serial_number),
                ['c'],
            )
        })

        it('refuses a wrong query, naming the part', async () => {
            await load('device-query')
            const { statusCode, refusal, payload } = await give({ payload: { filter: [{ property: 'x', op: '~', value: 1 }] } }, 'refused')
            assert.deepEqual([statusCode, refusal.code, payload.errors[0].path], [422, 'BAD_INPUT', 'filter[0].op'])
        })

        it('shows a peer only the devices of its account where that is set, and nobody of no account anything', async () => {
            await load('device-query', { query: { own: true } })
            await update('a', { x: 1 }, 'alice')
            await update('b', { x: 1 }, 'bob')
            await update('n', { x: 1 })
            const seen = async (peer: object | undefined) => (await give({ payload: {}, peer })).payload
            const { rows, total } = await seen({ account: 'alice' })
            assert.deepEqual([rows.map((row: Message) => row.serial_number), total], [['a'], 1])
            for (const peer of [{}, { account: '' }, { account: null }, { account: {} }, undefined])
                assert.deepEqual(await seen(peer), { rows: [], total: 0 })
        })
    })

    it('device-history answers with the history of a property, and 404 for a device that is not there or not to be seen', async () => {
        await load('device-history', { query: { own: true } })
        for (const x of [1, 2, 3]) await update('a', { x }, 'alice')
        const payload = { id: 'a', property: 'x' }
        const out = await give({ payload, peer: { account: 'alice' } })
        assert.ok(out.payload.points.length >= 1)
        assert.equal(out.payload.points.at(-1).value, 3)
        for (const id of ['a', 'zz']) {
            const { statusCode, refusal, payload: body } = await give({ payload: { ...payload, id }, peer: { account: 'bob' } }, 'refused')
            assert.deepEqual([statusCode, refusal.code, body], [404, 'UNKNOWN_DEVICE', { message: `there is no device ${id}` }])
        }
        assert.equal((await give({ payload: { ...payload, from: 'yesterday' }, peer: { account: 'alice' } }, 'refused')).statusCode, 422)
    })

    describe('device-query of a flow that was saved when it did all three', () => {
        it('answers with the history of a property', async () => {
            await load('device-query', { query: { mode: 'history', property: 'x', propertyType: 'str' } })
            await update('a', { x: 1 })
            assert.equal((await give({ payload: { id: 'a' } })).payload.points.at(-1).value, 1)
        })

        it('keeps views live, with its own filter', async () => {
            const filter = '[{"property":"x","op":">","value":3}]'
            await load('device-query', { query: { mode: 'live', filter, filterType: 'json' } })
            await update('a', { x: 1 })
            await update('b', { x: 5 })
            const viewer = await client()
            await viewer.sees(['b'])
            await update('a', { x: 7 })
            await viewer.sees(['a', 'b'])
        })

        it('is a query otherwise, whatever else it was set to', async () => {
            await load('device-query', { query: { mode: 'query', device: 'payload.id', deviceType: 'msg' } })
            await update('a', { x: 1 })
            assert.equal((await give({ payload: {} })).payload.total, 1)
        })
    })
})
