import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { NodeMessage } from 'node-red'
import { toError } from '../../../src/node-red/errors.ts'
import { answer, answerClosing, onRequestOver, openResponse, refuse } from '../../../src/node-red/reply.ts'
import { Refusal } from '../../../src/refusal.ts'

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
        assert.deepEqual(msg, { payload: { message: 'no', instanceId: 'i' }, topic: 't', statusCode: 409, refusal: { code: 'TURNED_OFF' } })
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
