import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { Desk, type Message } from '../support/desk.ts'

describe('alarm', () => {
    const desk = new Desk()
    before(() => helper.startServer())
    afterEach(() => desk.unload())
    after(() => helper.stopServer())

    const load = (watch: object = {}) =>
        desk.load({
            w: { type: 'alarm', operation: 'watch', high: '25', highType: 'num', ...watch },
            o: { type: 'alarm', operation: 'action' },
            // Of another group.
            x: { type: 'alarm', operation: 'list', group: 'others', all: true },
        })
    let count: Record<string, number> = {}
    beforeEach(() => {
        count = {}
    })
    /** What comes out of a node for a message, by the output that it is expected at. */
    async function give(id: string, payload: object, output = 1): Promise<Message> {
        const end = `${id}${output}`
        count[end] = (count[end] ?? 0) + 1
        desk.give(id, { payload, topic: 'kept' })
        const msg = (await desk.end(end).reaches(count[end]!)).at(-1)!
        assert.equal(msg.topic, 'kept')
        return msg
    }
    const transitions = () => desk.end('w3').messages.map(({ event, payload }) => `${event} ${payload.id} ${payload.state}`)

    it('watches a value, and lets people see to what is wrong', async () => {
        await load()
        assert.deepEqual((await give('w', { id: 'v', value: '24' })).payload, { id: 'v', value: 24, broken: [] })
        assert.deepEqual((await give('w', { id: 'v', value: 26 })).payload.broken, ['high'])
        await desk.shows(({ fill, text }) => fill === 'red' && text === 'status.standing')
        const { alarm } = (await give('o', { action: 'acknowledge', id: 'v.high', by: 'me', comment: 'on it' })).payload
        assert.deepEqual([alarm.state, alarm.by, alarm.comment, alarm.priority], ['acknowledged', 'me', 'on it', 'high'])
        const listed = (await give('o', { action: 'list' })).payload.alarms
        assert.deepEqual(listed, [alarm])
        await give('w', { id: 'v', value: 20 })
        await desk.shows(({ fill, text }) => fill === 'grey' && text === 'status.none')
        assert.deepEqual(transitions(), ['raise v.high unacknowledged', 'acknowledge v.high acknowledged', 'clear v.high normal'])
        const kept = (await give('o', { action: 'history', id: 'v.high' })).payload.transitions
        assert.deepEqual(
            kept,
            desk
                .end('w3')
                .messages.map(({ payload }) => payload)
                .reverse(),
        )
        assert.deepEqual((await give('x', {})).payload, { alarms: [] })
        assert.equal(desk.end('x3').messages.length, 0)
    })

    it('raises, shelves and clears an alarm that somebody else has found', async () => {
        await load()
        const raised = (await give('o', { action: 'raise', id: 'pilot', text: 'pilot light out', priority: 'critical' })).payload.alarm
        assert.deepEqual([raised.text, raised.state, raised.active], ['pilot light out', 'unacknowledged', true])
        const shelved = (await give('o', { action: 'shelve', id: 'pilot', duration: 0.002 })).payload.alarm
        assert.ok(Math.abs(Date.parse(shelved.shelvedUntil) - Date.now()) < 20_000)
        const back = (await desk.end('w3').reaches(3)).at(-1)!
        assert.deepEqual([back.event, back.topic, back.payload.state], ['unshelve', 'pilot', 'unacknowledged'])
        assert.equal((await give('o', { action: 'clear', id: 'pilot' })).payload.alarm.state, 'returned-unacknowledged')
    })

    it('refuses what is missing, wrong or cannot be done, naming it', async () => {
        await load()
        await give('o', { action: 'raise', id: 'a' })
        const refused: [string, object, number, string, RegExp][] = [
            ['w', { value: 1 }, 422, 'BAD_INPUT', /^id is required/],
            ['w', { id: 'v' }, 422, 'BAD_INPUT', /^value is required/],
            ['w', { id: 'v', value: 'hot' }, 422, 'BAD_INPUT', /^value must be a finite number/],
            ['o', {}, 422, 'BAD_INPUT', /^action must be watch or/],
            ['o', { action: 'action' }, 422, 'BAD_INPUT', /^action must be/],
            ['o', { action: 'raise', id: 'b', priority: 'urgent' }, 422, 'BAD_INPUT', /^priority must be low or/],
            ['o', { action: 'shelve', id: 'a' }, 422, 'BAD_INPUT', /^duration is required/],
            ['o', { action: 'acknowledge', id: 'b' }, 404, 'UNKNOWN_ALARM', /no alarm b/],
            ['o', { action: 'get', id: 'b' }, 404, 'UNKNOWN_ALARM', /no alarm b/],
            ['o', { action: 'unshelve', id: 'a' }, 409, 'WRONG_STATE', /is unacknowledged/],
        ]
        for (const [id, payload, status, code, text] of refused) {
            const msg = await give(id, payload, 2)
            assert.deepEqual([msg.statusCode, msg.refusal.code], [status, code], JSON.stringify(payload))
            assert.match(msg.payload.message, text)
        }
        await desk.end('completed').reaches(refused.length + 1)
        assert.equal(desk.end('caught').messages.length, 0)
    })

    it('tells of silence, goes on after a deploy, and closes in time', async () => {
        await load({ silence: '0.2' })
        await give('w', { id: 'v', value: 26 })
        await desk.end('w3').reaches(2)
        assert.deepEqual(transitions(), ['raise v.high unacknowledged', 'raise v.no-data unacknowledged'])
        assert.ok((await desk.unload()) < 1000)
        await load()
    })
})
