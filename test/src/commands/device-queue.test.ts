import assert from 'node:assert/strict'
import type { Command } from '../../../src/commands/command.ts'
import { DeviceQueue, type QueueParts } from '../../../src/commands/device-queue.ts'
import type { Peer } from '../../../src/ws/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('the queue of a device', () => {
    it('is given up if the device leaves while the only command is refused', async () => {
        let idle = 0
        const parts = { clock: new FakeClock(), idle: () => idle++, signal: new AbortController().signal }
        const queue = new DeviceQueue('lamp', true, parts as unknown as QueueParts)
        queue.turnTo({ open: true } as Peer)
        const sending = queue.sendAdded({} as Command, Promise.reject(new Error('too many')))
        queue.turnTo(undefined)
        assert.deepEqual([queue.isBusy, idle], [true, 0])
        await sending
        assert.deepEqual([queue.isBusy, idle], [false, 1])
    })
})
