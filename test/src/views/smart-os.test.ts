import assert from 'node:assert/strict'
import { smartOs } from '../../../src/views/smart-os.ts'

const columns = (entries: Record<string, unknown>): Record<string, unknown> => Object.assign(Object.create(null), entries)

describe('what a SMART-OS page is shown of a view', () => {
    it('shows a table as INIT, of flat rows', () => {
        const rows = [
            { id: '0001', columns: columns({ last_status_update: '2024-03-11T00:46:52.690Z', battery: 0, ['__proto__']: 1 }) },
            { id: '0002', columns: columns({}) },
        ]
        const [text, ...more] = smartOs.frames({ kind: 'snapshot', epoch: 'e', seq: 1, rows, total: 2, recovered: false, columns: [] })
        assert.equal(more.length, 0)
        assert.equal(
            text,
            '{"type":"INIT","message":[{"serial_number":"0001","last_status_update":"2024-03-11T00:46:52.690Z","battery":0,"__proto__":1},' +
                '{"serial_number":"0002"}]}',
        )
    })

    it('shows a change as UPDT, with a four-digit message id', () => {
        const patch = columns({ local_time: '2024-03-17 14:59:13.047108' })
        const frames = (seq: number) => smartOs.frames({ kind: 'upsert', seq, id: '0001', patch, isNew: false })
        assert.deepEqual(frames(8), ['{"type":"UPDT","message":"0008:0001:{\\"local_time\\":\\"2024-03-17 14:59:13.047108\\"}"}'])
        for (const [seq, id] of [
            [20_003, '0003'],
            [9999, '9999'],
            [0, '0000'],
        ] as const)
            assert.ok(frames(seq)[0]!.includes(`"${id}:0001:`))
    })

    it('does not show how messages came, nor a change of nothing else', () => {
        const health = columns({ _gaps: 1, _duplicates: 2, _reordered: 3 })
        assert.deepEqual(smartOs.frames({ kind: 'upsert', seq: 1, id: '0001', patch: health, isNew: false }), [])
        const rows = [{ id: '0001', columns: columns({ battery: 1, ...health }) }]
        const frames = smartOs.frames({ kind: 'snapshot', epoch: 'e', seq: 1, rows, total: 1, recovered: false, columns: [] })
        assert.deepEqual(frames, ['{"type":"INIT","message":[{"serial_number":"0001","battery":1}]}'])
    })

    it('shows nothing for what the seed has no frame for', () => {
        assert.deepEqual(smartOs.frames({ kind: 'remove', seq: 1, id: '0001', why: 'left' }), [])
        assert.deepEqual(smartOs.frames({ kind: 'move', seq: 1, id: '0001', index: 3 }), [])
        assert.deepEqual(smartOs.frames({ kind: 'count', seq: 1, total: 3 }), [])
        assert.deepEqual(smartOs.frames({ kind: 'columns', seq: 1, columns: [] }), [])
    })
})
