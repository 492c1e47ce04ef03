import assert from 'node:assert/strict'
import type { Node, NodeMessage, NodeStatus } from 'node-red'
import { badInput, Refusal } from '../../../src/lib/index.ts'
import { explainMissing } from '../../../src/node-red/missing-input.ts'
import { status } from '../../../src/node-red/status.ts'
import { UnwiredRefusals } from '../../../src/node-red/unwired-refusals.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const idle = status.idle('off')
const msg = { _msgid: 'abc', payload: {} } as NodeMessage
const no = (text: string) => new Refusal(422, 'BAD_INPUT', text)

describe('a refusal that no wire leads on', () => {
    const open = (wires: string[][] = [['next'], []]) => {
        const clock = new FakeClock()
        const closing = new AbortController()
        const [shown, warned]: [NodeStatus[], string[]] = [[], []]
        const node = { wires, status: (one: NodeStatus) => shown.push(one), warn: (text: string) => warned.push(text) } as unknown as Node
        const unwired = new UnwiredRefusals(node, clock, closing.signal)
        node.status(idle)
        return { clock, closing, shown, warned, node, unwired, last: () => shown.at(-1) as { fill: string; text: string } }
    }

    it('is a warning with the id of its message, and yellow for ten seconds; then the node shows what it would have shown', () => {
        const { clock, shown, warned, node, unwired, last } = open()
        unwired.tell(msg, no('no id'))
        assert.deepEqual(warned, ['no id (refused; output 2 is wired to nothing; _msgid abc)'])
        assert.deepEqual(last(), { fill: 'yellow', shape: 'dot', text: 'no id' })
        const on = status.running('on')
        node.status(on)
        clock.advance(9999)
        assert.equal(last().fill, 'yellow')
        clock.advance(1)
        assert.deepEqual(last(), on)
        assert.equal(shown.length, 3)
        assert.equal(clock.pending, 0)
    })

    it('is not told where something is wired', () => {
        const { shown, warned, unwired } = open([[], ['debug']])
        unwired.tell(msg, no('no id'))
        assert.deepEqual([shown, warned], [[idle], []])
    })

    it('gives way to what is broken', () => {
        const { clock, node, unwired, last } = open()
        unwired.tell(msg, no('no id'))
        node.status(status.broken('away'))
        assert.equal(last().text, 'away')
        node.status(idle)
        clock.advance(10_000)
        assert.deepEqual(last(), idle)
    })

    it('is logged but every ten seconds, however many there are, with their number, and shown until ten seconds after the last', () => {
        const { clock, warned, unwired, last } = open()
        for (let i = 0; i < 1000; i++) unwired.tell(msg, no(`no ${i}`))
        assert.equal(warned.length, 1)
        assert.equal(last().text, 'no 999')
        clock.advance(10_000)
        assert.match(warned[1]!, /^no 999 \(.*\), and 998 before it$/)
        assert.equal(last().fill, 'yellow')
        clock.advance(10_000)
        assert.deepEqual([warned.length, last()], [2, idle])
    })

    it('leaves no timer behind when the node is closed', () => {
        const { clock, closing, unwired } = open()
        unwired.tell(msg, no('no id'))
        closing.abort()
        assert.equal(clock.pending, 0)
    })
})

describe('an input that is missing', () => {
    const said = (config: Record<string, string>, message: object = {}, wanted = {}) =>
        explainMissing(badInput('id', 'is required'), message as NodeMessage, config, wanted).message

    for (const [type, value, place] of [
        ['msg', 'payload.id', 'msg.payload.id'],
        ['request', 'id', 'id of the body or the query'],
    ] as const)
        it(`is said to be missing where it was looked for: ${type}`, () =>
            assert.equal(said({ device: value, deviceType: type }), `id is required: no id at ${place}`))

    it('is told where it may be found', () => {
        const wanted = { id: { what: 'instance id', from: 'look at msg.x' } }
        assert.equal(said({ id: 'a', idType: 'flow' }, {}, wanted), 'id is required: no instance id at flow.a; look at msg.x')
    })

    it('is told nothing of flows where somebody outside left it out, nor where something else is wrong', () => {
        const config = { id: 'payload.id', idType: 'msg' }
        for (const message of [{ req: {} }, { peer: { id: 'a' } }]) assert.equal(said(config, message), 'id is required')
        const wrong = badInput('id', 'must be text')
        assert.equal(explainMissing(wrong, msg, config), wrong)
        const other = badInput('other', 'is required')
        assert.equal(explainMissing(other, msg, config), other)
    })
})
