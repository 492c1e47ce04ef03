import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { NodeMessage } from 'node-red'
import { answer, ListJson, quickJson } from '../../../src/node-red/index.ts'

describe('quick JSON', () => {
    const json = new ListJson()
    /** What a client gets if the flow does this to the payload before it is answered with. */
    const ask = async (payload: object, change: (payload: any) => unknown = (same) => same, path = '/', method = 'GET') => {
        const app = express()
        app.get('/', (_request, response) => {
            const msg = { _msgid: '1', res: { _res: response } } as unknown as NodeMessage
            quickJson(msg, payload as { ids: string[] }, 'ids', json)
            response.status(200).jsonp(change(payload))
        })
        const server = app.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method })
        const text = await response.text()
        server.close()
        return { text, type: response.headers.get('content-type'), length: response.headers.get('content-length') }
    }
    const parsed = async (...args: Parameters<typeof ask>) => JSON.parse((await ask(...args)).text)

    it('is what JSON.stringify makes of the same payload, again and when it has changed', async () => {
        for (const ids of [['a', 'b'], ['a', 'b'], ['a', 'c'], ['a'], [], ['"\u2028ä']]) {
            const payload = { ids, at: 1, none: undefined, nested: { ids: [1] } }
            assert.deepEqual(await parsed(payload), JSON.parse(JSON.stringify(payload)))
        }
        assert.deepEqual(await parsed({ ids: ['x'] }), { ids: ['x'] })
    })

    it('has the type and the length that Express gives it', async () => {
        const { text, type, length } = await ask({ ids: ['ä'], at: 1 })
        assert.deepEqual([type, length], ['application/json; charset=utf-8', String(Buffer.byteLength(text))])
        assert.equal((await ask({ ids: ['ä'] }, undefined, '/', 'HEAD')).text, '')
    })

    it('has what a flow has changed, added, or put in its place', async () => {
        const payload = () => ({ ids: ['a', 'b'], at: 1 })
        assert.deepEqual(await parsed(payload(), (own) => Object.assign(own, { ids: [...own.ids, 'c'] })), { ids: ['a', 'b', 'c'], at: 1 })
        assert.deepEqual(await parsed(payload(), (own) => Object.assign(own, { at: 2, more: true })), {
            ids: ['a', 'b'],
            at: 2,
            more: true,
        })
        assert.deepEqual(await parsed(payload(), (own) => Object.assign(own, { ids: 3 })), { ids: 3, at: 1 })
        assert.deepEqual(await parsed(payload(), () => ({ other: 1 })), { other: 1 })
        assert.deepEqual(await parsed(payload(), (own) => Object.assign(own, { toJSON: () => 'own' })), 'own')
    })

    it('keeps nothing of what is no text, which may change', async () => {
        const one = { n: 1 }
        const list = { ids: [one] }
        assert.deepEqual(await parsed(list), { ids: [{ n: 1 }] })
        one.n = 2
        assert.deepEqual(await parsed(list), { ids: [{ n: 2 }] })
    })

    it('leaves alone who asks for a callback, as JSONP has it', async () => {
        assert.match((await ask({ ids: ['a'] }, undefined, '/?callback=run')).text, /run\(\{"ids":\["a"\]\}\)/)
    })
})

describe('the answer to a request', () => {
    /** @param express answers as Express itself does */
    const ask = async (payload: object, method: string, { change = (same: any): unknown => same, express: alone = false } = {}) => {
        const app = express()
        app.all('/', (_request, response) => {
            const msg = { _msgid: '1', res: { _res: response } } as unknown as NodeMessage
            if (!alone) answer(msg, payload)
            response.status(200).jsonp(change(payload))
        })
        const server = app.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method })
        const text = await response.text()
        server.close()
        const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
        return { text, headers, status: response.status }
    }

    for (const method of ['POST', 'PUT', 'DELETE'])
        it(`to ${method} is that of Express but for its checksum`, async () => {
            const payload = { instance: { id: 'ä\u2028', at: new Date(0), none: undefined, list: [1, null] } }
            const quick = await ask(payload, method)
            const usual = await ask(payload, method, { express: true })
            assert.ok(usual.headers.etag)
            delete usual.headers.etag
            assert.deepEqual(quick, usual)
        })

    for (const method of ['GET', 'HEAD'])
        it(`to ${method} is that of Express, with its checksum`, async () => {
            assert.deepEqual(await ask({ a: 1 }, method), await ask({ a: 1 }, method, { express: true }))
        })

    it('has what a flow has changed, or put in its place', async () => {
        const change = (own: any) => Object.assign(own, { b: 2 })
        assert.equal((await ask({ a: 1 }, 'POST', { change })).text, '{"a":1,"b":2}')
        assert.equal((await ask({ a: 1 }, 'POST', { change: () => [3] })).text, '[3]')
        assert.equal((await ask({ a: 1 }, 'POST', { change: (own) => Object.assign(own, { toJSON: () => 4 }) })).text, '4')
    })
})
