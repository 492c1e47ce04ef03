import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import records from '../../nodes/records/runtime.ts'
import { type Message, Peers } from '../support/peers.ts'

const schema = '{"type":"object","required":["value"],"properties":{"value":{"type":"number"}}}'
const operations = ['get', 'list', 'put', 'delete', 'versions']

describe('records', () => {
    const peers = new Peers([records])
    before(async () => {
        await helper.startServer()
        const node = (id: string, more: object) => ({
            id,
            type: 'socketworks-records',
            store: 'st',
            wires: [['done'], ['refused']],
            ...more,
        })
        await peers.load({
            more: [
                ...operations.map((operation) => node(`records-${operation}`, { operation })),
                node('records-checked', { operation: 'put', collection: 'checked', schema, schemaType: 'json' }),
                node('records-wrong', { operation: 'put', schema: '{"typ":"object"}', schemaType: 'json' }),
            ],
        })
    })
    after(async () => {
        await peers.unload()
        await helper.stopServer()
    })

    async function outcome(way: 'done' | 'refused', id: string, msg: object): Promise<Message> {
        const count = peers.heard(way).length
        peers.give(msg, `records-${id}`)
        return await peers.next(way, count + 1)
    }
    const done = (id: string, msg: object) => outcome('done', id, msg)
    async function refused(id: string, msg: object, status: number, code: string): Promise<Message> {
        const out = await outcome('refused', id, msg)
        assert.deepEqual([out.statusCode, out.refusal.code], [status, code], JSON.stringify(out.payload))
        return out
    }

    it('keeps a document, and gives it back with its version', async () => {
        const put = await done('put', { topic: 'unit', payload: { value: '°C' }, other: 1 })
        assert.deepEqual([put.statusCode, put.payload, put.other, put.record.version], [201, { value: '°C' }, 1, 1])
        assert.equal((await done('put', { topic: 'unit', payload: 7 })).statusCode, 200)
        const got = await done('get', { topic: 'unit' })
        assert.deepEqual([got.payload, got.record.version, got.record.key, got.record.collection], [7, 2, 'unit', 'settings'])
        assert.equal(got.headers, undefined)
        assert.equal(typeof got.record.updatedAt, 'number')
        const { versions } = (await done('versions', { topic: 'unit' })).payload
        assert.deepEqual(
            versions.map(({ value }: { value: unknown }) => value),
            [7, { value: '°C' }],
        )
        assert.deepEqual((await done('delete', { topic: 'unit' })).payload, { collection: 'settings', key: 'unit', version: 2 })
        await refused('get', { topic: 'unit' }, 404, 'NOT_FOUND')
        await refused('delete', { topic: 'unit' }, 404, 'NOT_FOUND')
    })

    it('replaces a record that was read only if nobody did so meanwhile', async () => {
        await done('put', { topic: 'read', payload: 1 })
        const [mine, theirs] = [await done('get', { topic: 'read' }), await done('get', { topic: 'read' })]
        const { record } = await done('put', { ...theirs, payload: 2 })
        const { payload, refusal } = await refused('put', { ...mine, payload: 3 }, 412, 'OTHER_VERSION')
        assert.deepEqual([payload.version, payload.etag, refusal.payload], [record.version, '"2"', 3])
        await refused('delete', { ...mine }, 412, 'OTHER_VERSION')
    })

    it('keeps to the headers of a request, and gives it the entity tag', async () => {
        const req = (headers: object) => ({ topic: 'tagged', payload: 1, req: { headers } })
        const { headers, statusCode } = await done('put', req({ 'if-none-match': '*' }))
        assert.deepEqual([statusCode, headers], [201, { etag: '"1"' }])
        await refused('put', req({ 'if-none-match': '*' }), 412, 'OTHER_VERSION')
        await refused('put', req({ 'if-match': '"7"' }), 412, 'OTHER_VERSION')
        await refused('put', req({ 'if-match': '7' }), 422, 'BAD_INPUT')
        assert.deepEqual((await done('put', req({ 'if-match': '"1", "7"' }))).headers, { etag: '"2"' })
        await refused('put', { ...req({}), topic: 'new', req: { headers: { 'if-match': '*' } } }, 412, 'OTHER_VERSION')
    })

    it('lists records page by page', async () => {
        for (const topic of ['b', 'a', 'c']) await done('put', { topic, payload: topic })
        const first = await done('list', { payload: { limit: 2 } })
        assert.deepEqual(
            first.payload.records.map(({ key, value }: { key: string; value: unknown }) => [key, value]),
            [
                ['a', 'a'],
                ['b', 'b'],
            ],
        )
        const second = await done('list', { payload: { after: first.payload.next, limit: 1 } })
        assert.equal(second.payload.records[0].key, 'c')
        await refused('list', { payload: { limit: 1001 } }, 422, 'BAD_INPUT')
    })

    it('refuses wrong documents with the path, and names that are none', async () => {
        const { payload } = await refused('checked', { topic: 'a', payload: { value: 'x' } }, 422, 'BAD_DOCUMENT')
        assert.deepEqual(payload.errors, [{ path: 'payload.value', message: 'must be of the type number' }])
        assert.equal((await done('checked', { topic: 'a', payload: { value: 1 } })).record.collection, 'checked')
        await refused('put', { payload: 1 }, 422, 'BAD_INPUT')
        await refused('put', { topic: '', payload: 1 }, 422, 'BAD_INPUT')
        await refused('put', { topic: 'a' }, 422, 'BAD_INPUT')
        await refused('put', { topic: 'a', payload: JSON.parse('{"__proto__": {"polluted": 1}}') }, 422, 'BAD_INPUT')
        const own = await done('put', { topic: '__proto__', payload: { constructor: 1, prototype: { polluted: 2 } } })
        assert.deepEqual([own.record.key, (await done('get', { topic: '__proto__' })).payload.constructor], ['__proto__', 1])
        assert.equal((Object.prototype as { polluted?: number }).polluted, undefined)
    })

    it('is red if its schema is wrong', () => peers.shows('records-wrong', 'red', /schema\.typ is not known/))
})
