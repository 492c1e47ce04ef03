import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
import { Nudge } from '../../../src/mqtt/nudge.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('Nudge', () => {
    const open = () => {
        const clock = new FakeClock()
        const pings: number[] = []
        const from = clock.now()
        const nudge: Nudge = new Nudge({
            clock,
            ping() {
                pings.push(clock.now() - from)
                nudge.sent()
            },
        })
        const command = (): void => {
            nudge.urgent()
            nudge.sent()
        }
        return { clock, pings, nudge, command }
    }

    it('sends something at once after each answer to a command that followed what was heard', async () => {
        const { pings, nudge, command } = open()
        nudge.heard(false)
        command()
        nudge.heard(false)
        await turn()
        nudge.heard(false)
        await turn()
        assert.equal(pings.length, 2)
    })

    it('leaves it alone where the system acknowledges by itself: after a silence, and where nobody waits', async () => {
        const { clock, pings, nudge, command } = open()
        nudge.heard(false)
        await turn()
        clock.advance(201)
        command()
        nudge.heard(false)
        await turn()
        assert.deepEqual(pings, [])
    })

    it('sends nothing where a command goes out anyway', async () => {
        const { pings, nudge, command } = open()
        nudge.heard(false)
        command()
        nudge.heard(false)
        nudge.sent()
        await turn()
        assert.deepEqual(pings, [])
    })

    it('answers no answer to a ping without end, and begins anew with the next command', () => {
        const { clock, pings, nudge, command } = open()
        for (const begin of [0, 1000]) {
            pings.length = 0
            nudge.heard(false)
            command()
            for (let i = 0; i < 200; i++) {
                nudge.heard(true)
                clock.advance(1)
            }
            assert.ok(pings.length > 1 && pings.length <= 6, `${begin}: ${pings}`)
            clock.advance(1000)
            assert.equal(clock.pending, 0)
        }
    })
})
