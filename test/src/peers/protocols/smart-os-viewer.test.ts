import assert from 'node:assert/strict'
import { smartOsViewer } from '../../../../src/peers/protocols/smart-os-viewer.ts'
import { Opened } from '../../../support/session.ts'

const filt = (...message: unknown[]) => JSON.stringify({ type: 'FILT', message })
const opened = new Opened(smartOsViewer)
const asked = (text: string): any => opened.taken(text).payload
const complaint = (text: string): string => {
    const { type, message } = JSON.parse(opened.refusal(text).answer ?? '{}')
    assert.equal(type, 'INFO')
    return message
}

describe('smart-os-viewer', () => {
    it('greets as SMART-OS does', () =>
        assert.deepEqual(JSON.parse(opened.sent[0]!), {
            type: 'INFO',
            message: "Welcome to SMART-Server - SolMate Real-Time ObServer! - ClientConsumer: groups ['broadcast']",
        }))

    it('reads filters and sorts in any mix', () => {
        assert.deepEqual(asked('{"type":"FILT","message":["filter:serial_number:=:0","sort:serial_number:<:abc"]}'), {
            filter: [{ property: 'serial_number', op: 'contains', value: '0' }],
            sort: [{ property: 'serial_number', direction: 'asc', as: 'auto' }],
        })
        assert.deepEqual(asked(filt('sort:battery:>:123', 'filter:battery:<:10', 'filter:battery:>:2', 'sort:country:<:abc')), {
            filter: [
                { property: 'battery', op: '<', value: '10' },
                { property: 'battery', op: '>', value: '2' },
            ],
            sort: [
                { property: 'battery', direction: 'desc', as: 'number' },
                { property: 'country', direction: 'asc', as: 'auto' },
            ],
        })
        assert.deepEqual(asked(filt()), { filter: [], sort: [] })
        assert.deepEqual(asked(`{'type': 'FILT', 'message': 'filter:a:=:b'}`).filter, [{ property: 'a', op: 'contains', value: 'b' }])
    })

    it('leaves colons, blanks and operators in a value alone', () => {
        for (const value of ['ws://host:1/', '2024-03-17 14:59:13', ' a ', '<=', 'a\nb', '漢'])
            assert.equal(asked(filt(`filter:server url:=:${value}`)).filter[0].value, value)
    })

    it('filters nothing by a field that was left blank', () => {
        assert.deepEqual(asked(filt('filter:country:=:', 'filter:battery:>:1')).filter, [{ property: 'battery', op: '>', value: '1' }])
        assert.deepEqual(asked(filt('filter:country:!=:')).filter, [{ property: 'country', op: '!=', value: '' }])
    })

    it('knows the other comparisons', () => {
        for (const [written, op] of [
            ['==', '='],
            ['!=', '!='],
            ['<=', '<='],
            ['>=', '>='],
        ])
            assert.equal(asked(filt(`filter:a:${written}:1`)).filter[0].op, op)
    })

    const wrong = ['', 'filter', 'filter:', 'filter:a', 'filter:a:=', 'filter::=:1', 'filter:a:=<:1', 'filter:a:~:1', 'filter:a:<:', 'sort']
    wrong.push('sort:a:<', 'sort:a:=:abc', 'sort:a:<:xyz', 'sort::<:abc', 'sort:a:<:abc:', 'order:a:<:abc', 'FILTER:a:=:1', ' filter:a:=:1')
    for (const entry of wrong)
        it(`names the wrong entry ${JSON.stringify(entry)}`, () =>
            assert.ok(complaint(filt('filter:a:=:1', entry)).includes(JSON.stringify(entry))))

    it('refuses entries that are no text, too long or too many', () => {
        for (const entry of [null, 1, {}, ['filter:a:=:1'], `filter:a:=:${'x'.repeat(2000)}`])
            assert.ok(complaint(filt(entry)).length < 300)
        assert.match(complaint(filt(...Array(33).fill('filter:a:=:1'))), /at most 32/)
    })

    for (const text of [
        '',
        'x',
        '[]',
        '{}',
        '{"type":"UPDT","message":[]}',
        '{"type":"FILT"}',
        '{"type":"FILT","message":{}}',
        '{"type":"FILT",',
    ])
        it(`complains about ${text || 'an empty frame'}`, () => assert.match(complaint(text), /^ERROR: /))

    it('says in an INFO frame what a flow answers', () => {
        assert.deepEqual(JSON.parse(opened.session.reply(undefined, 200, {})), { type: 'INFO', message: 'OK' })
        assert.deepEqual(JSON.parse(opened.session.reply(undefined, 422, { message: 'no' })), { type: 'INFO', message: 'ERROR: no' })
        assert.deepEqual(JSON.parse(opened.session.encode('hello')), { type: 'INFO', message: 'hello' })
    })
})
