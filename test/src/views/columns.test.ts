import assert from 'node:assert/strict'
import type { DeviceRow } from '../../../src/fleet/repository.ts'
import { Columns } from '../../../src/views/columns.ts'

const row = (names: string[], owner: string | null = null): DeviceRow => ({
    id: 'a',
    fleet: 'f',
    owner,
    properties: new Map(names.map((name) => [name, { value: 1, at: 0 }])),
    registeredAt: 0,
    updatedAt: 0,
})

describe('the columns of a view', () => {
    it('are those of all devices in its scope, each once, in the order they came up', () => {
        const columns = new Columns({ account: 'anna' }, [row(['b', 'a'], 'anna'), row(['secret'], 'ben')])
        columns.add(row([], 'anna'), ['a', 'c'])
        columns.add(row([], 'ben'), ['d'])
        assert.deepEqual(columns.names, ['serial_number', 'last_status_update', 'b', 'a', 'c'])
    })

    it('are no more than a thousand, whatever devices think of', () => {
        const columns = new Columns('all', [])
        for (let n = 0; n < 3000; n++) columns.add(row([]), [`c${n}`])
        assert.deepEqual([columns.names.length, columns.names.at(-1)], [1000, 'c997'])
    })
})
