import assert from 'node:assert/strict'
import { startBroker } from '../../simulators/broker.ts'

/** What keeps this process alive: each broker has timers. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

describe('the embedded broker', () => {
    it('leaves nothing behind on a port that is taken', async () => {
        const first = await startBroker(0)
        const before = timers()
        await assert.rejects(startBroker(first.port), { code: 'EADDRINUSE' })
        assert.equal(timers(), before)
        await first.close()
    })
})
