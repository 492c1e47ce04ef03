import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { NodeMessage } from 'node-red'
import { Refusal } from '../../../src/lib/index.ts'
import { toError } from '../../../src/node-red/errors.ts'
import { answer, answerClosing, checkPayload, onRequestOver, refuse, restorePayload } from '../../../src/node-red/reply.ts'
import { openResponse } from '../../../src/node-red/response.ts'

const message = (properties: object) => properties as NodeMessage
const open = { headersSent: false, writableEnded: false, status: () => ({ json() {} }) }

describe('an answer', () => {
    it('is put into the message that was received', () => {
        const msg = message({ payload: 1, topic: 't', refusal: { code: 'OLD' } })
        assert.ok(Object.is(answer(msg, { a: 1 }), msg))
        assert.deepEqual(msg, { payload: { a: 1 }, topic: 't', statusCode: 200 })
    })

    it('says why something was refused, with what belongs to it', () => {
        const msg = message({ payload: 1, topic: 't' })
        assert.ok(Object.is(refuse(msg, new Refusal(409, 'TURNED_OFF', 'no', { instanceId: 'i' })), msg))
        const refusal = { code: 'TURNED_OFF', payload: 1 }
        assert.deepEqual(msg, { payload: { message: 'no', instanceId: 'i' }, topic: 't', statusCode: 409, refusal })
    })
})

describe('a message that was refused', () => {
    const busy = new Refusal(503, 'TOO_BUSY', 'too much waits', { instanceId: 'i' })
    const refused = (payload: unknown, isFit?: boolean) => refuse(message({ payload }), busy, isFit) as NodeMessage & { refusal?: unknown }

    for (const payload of [{ timeout: 5000 }, undefined, null, '', 'text', [1], { message: 'hello', timeout: 5 }])
        it(`is tried again with the payload that it had: ${JSON.stringify(payload)}`, () => {
            const msg = structuredClone(refused(payload))
            restorePayload(msg)
            assert.deepEqual(msg, { payload, statusCode: 503 })
            checkPayload(msg)
        })

    it('keeps its first payload however often it is refused', () => {
        const msg = refused({ timeout: 5000 })
        for (let i = 0; i < 3; i++) {
            restorePayload(msg)
            refuse(msg, busy)
        }
        assert.deepEqual(msg.refusal, { code: 'TOO_BUSY', payload: { timeout: 5000 } })
    })

    it('has the payload that a flow has put in its place', () => {
        for (const payload of [{ timeout: 7 }, 5, null, 'text']) {
            const msg = Object.assign(refused({ timeout: 5000 }), { payload })
            restorePayload(msg)
            assert.deepEqual(msg, { payload, statusCode: 503 })
        }
    })

    it('is refused when it comes back, if its payload could not be kept: without it nobody knows what it asked for', () => {
        let deep: unknown = 1
        for (let i = 0; i < 50_000; i++) deep = [deep]
        for (const msg of [refused(deep), refused(JSON.parse('{"a":{"__proto__":{"x":1}}}')), refused({ timeout: 5 }, false)]) {
            assert.deepEqual(msg.refusal, { code: 'TOO_BUSY' })
            for (let i = 0; i < 2; i++) {
                restorePayload(msg)
                assert.throws(() => checkPayload(msg), { code: 'BAD_INPUT' })
                refuse(msg, busy)
            }
        }
    })

    it('passes as it is when it says nothing of a refusal', () => {
        for (const refusal of [undefined, null, 5, 'x']) {
            const msg = message({ payload: { message: 'hello' }, refusal })
            restorePayload(msg)
            assert.deepEqual(msg, { payload: { message: 'hello' }, refusal })
        }
    })
})

describe('a response', () => {
    it('is open while its caller waits', () => {
        assert.equal(openResponse(message({ res: { _res: open } })), open)
        assert.equal(openResponse(message({ res: { _res: { ...open, headersSent: true } } })), undefined)
        assert.equal(openResponse(message({ res: { _res: { ...open, writableEnded: true } } })), undefined)
    })

    it('is none, whatever else goes by its name', () => {
        for (const res of [undefined, null, 0, 1, '', 'x', [], {}, { _res: null }, { _res: 1 }, { _res: {} }, { _res: { status: 200 } }])
            assert.equal(openResponse(message({ res })), undefined)
    })

    it('is over once it was answered or its caller has left, which is told apart', () => {
        const told: boolean[] = []
        const over = (response: object) => onRequestOver(message({ res: { _res: response } }), (isDone) => void told.push(isDone))
        for (const [headersSent, statusCode] of [
            [true, 200],
            [true, 302],
            [true, 404],
            [true, 503],
            [false, 200],
        ]) {
            const response = Object.assign(new EventEmitter(), open, { destroyed: false })
            assert.equal(over(response), true)
            Object.assign(response, { headersSent, statusCode }).emit('close')
        }
        assert.equal(over(Object.assign(new EventEmitter(), open, { destroyed: true })), true)
        assert.equal(over(open), false)
        assert.deepEqual(told, [true, true, false, false, false, false])
    })

    it('does not keep a node from closing when it fails', () => {
        const status = () => {
            throw new Error('gone')
        }
        answerClosing(message({ res: { _res: { ...open, status } } }))
        answerClosing(message({}))
    })
})

describe('what was thrown', () => {
    it('becomes an error that says something', () => {
        const error = new Error('x')
        assert.equal(toError(error), error)
        assert.equal(toError('text').message, 'text')
        assert.equal(toError({ code: 'D3030', message: 'not a number' }).message, 'not a number')
        assert.match(toError({ a: 1 }).message, /a: 1/)
        assert.match(toError(Object.create(null)).message, /null prototype/)
        assert.equal(toError(undefined).message, 'undefined')
        assert.equal(toError(null).message, 'null')
    })
})
