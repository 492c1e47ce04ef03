import assert from 'node:assert/strict'
import * as v from 'valibot'
import { SocketConfig } from '../../../nodes/socket-config/schema.ts'
import { isTopic } from '../../../src/mqtt/topic.ts'
import { families } from '../../../src/power/index.ts'

const given = { broker: 'b', store: 's' }

describe('each plug family', () => {
    for (const [name, family] of Object.entries(families))
        it(`${name} can be chosen in a socket's settings, and speaks with what they are by default`, () => {
            const settings = v.parse(SocketConfig, { ...given, family: name })
            assert.equal(family.faultIn(settings), undefined)
            const plug = family.open(settings)
            assert.ok(plug.topics.reports.length > 0)
            const commands = [plug.query(1), plug.measure, plug.switch(true), plug.switch(false), plug.offAfter(60).command]
            for (const { topic } of commands) assert.ok(isTopic(topic), topic)
            assert.notDeepEqual(plug.switch(true), plug.switch(false))
            assert.deepEqual(plug.read(plug.topics.reports[0]!.replace('+', 'x'), Buffer.from('{'), false), [])
        })

    it('is in the list that settings are checked against', () =>
        assert.equal(v.safeParse(SocketConfig, { ...given, family: 'x10' }).success, false))
})
