import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
import { NagleWorkaround } from '../../../src/mqtt/nagle-workaround.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('NagleWorkaround', () => {
    const open = () => {
        const clock = new FakeClock()
        const pings: number[] = []
        const from = clock.now()
        const nagle: NagleWorkaround = new NagleWorkaround({
            clock,
            ping() {
                pings.push(clock.now() - from)
                nagle.sent()
            },
        })
        const command = (): void => {
            nagle.urgent()
            nagle.sent()
        }
        return { clock, pings, nagle, command }
    }

    it('sends something at once after each answer to a command that followed what was heard', async () => {
        const { pings, nagle, command } = open()
        nagle.heard(false)
        command()
        nagle.heard(false)
        await turn()
        nagle.heard(false)
        await turn()
        assert.equal(pings.length, 2)
    })

    it('leaves it alone where the system acknowledges by itself: after a silence, and where nobody waits', async () => {
        const { clock, pings, nagle, command } = open()
        nagle.heard(false)
        await turn()
        clock.advance(201)
        command()
        nagle.heard(false)
        await turn()
        assert.deepEqual(pings, [])
    })

    it('sends nothing where a command goes out anyway', async () => {
        const { pings, nagle, command } = open()
        nagle.heard(false)
        command()
        nagle.heard(false)
        nagle.sent()
        await turn()
        assert.deepEqual(pings, [])
    })

    it('follows up no answer to a ping once all that was waited for is there, but has the rest come at once', async () => {
        const { clock, pings, nagle, command } = open()
        nagle.heard(false)
        command()
        command()
        nagle.answered()
        nagle.heard(true)
        clock.advance(1)
        assert.equal(pings.length, 1)
        nagle.answered()
        nagle.heard(true)
        clock.advance(20)
        assert.equal(pings.length, 1)
        nagle.heard(false)
        await turn()
        assert.equal(pings.length, 2)
    })

    it('answers no answer to a ping without end, and begins anew with the next command', () => {
        const { clock, pings, nagle, command } = open()
        for (const begin of [0, 1000]) {
            pings.length = 0
            nagle.heard(false)
            command()
            for (let i = 0; i < 200; i++) {
                nagle.heard(true)
                clock.advance(1)
            }
            assert.ok(pings.length > 1 && pings.length <= 6, `${begin}: ${pings}`)
            clock.advance(1000)
            assert.equal(clock.pending, 0)
        }
    })
})
