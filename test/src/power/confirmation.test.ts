import assert from 'node:assert/strict'
import { Confirmation, type Verdict } from '../../../src/power/confirmation.ts'

describe('the confirmation of an ON', () => {
    /** @param loose whether an earlier command may still be echoed */
    const open = (loose = false, answered = 0) => {
        const verdicts: Verdict[] = []
        let asked = answered
        const confirmation = new Confirmation(
            true,
            loose,
            (verdict) => void verdicts.push(verdict),
            () => ++asked,
        )
        const report = (on: boolean, how: 'echo' | 'answer' | 'periodic', number = answered) => {
            confirmation.report({ kind: 'relay', on, how }, number)
            return verdicts[0]
        }
        return { confirmation, verdicts, report, asked: () => asked }
    }

    it('is its echo', () => assert.equal(open().report(true, 'echo'), 'confirmed'))

    it('is no periodic report and no answer to an earlier question', () => {
        const { report, asked } = open(false, 4)
        assert.equal(report(true, 'periodic'), undefined)
        assert.equal(report(true, 'answer', 4), undefined)
        assert.equal(report(false, 'answer', 4), undefined)
        assert.equal(asked(), 4)
    })

    it('is in doubt after an OFF: the plug is asked once, and its answer counts', () => {
        for (const [on, verdict] of [
            [true, 'confirmed'],
            [false, 'contrary'],
        ] as const) {
            const { report, asked } = open(false, 2)
            assert.equal(report(false, 'echo'), undefined)
            assert.equal(report(false, 'echo'), undefined)
            assert.equal(asked(), 3)
            assert.equal(report(on, 'answer', 2), undefined)
            assert.equal(report(on, 'answer', 3), verdict)
        }
    })

    it('is given by the echo that follows the echo of something else', () => {
        const { report } = open()
        report(false, 'echo')
        assert.equal(report(true, 'echo'), 'confirmed')
    })

    it('is in doubt while an earlier command may still be echoed', () => {
        const { report, asked } = open(true)
        assert.equal(report(true, 'echo'), undefined)
        assert.equal(asked(), 1)
        assert.equal(report(true, 'answer', 1), 'confirmed')
    })

    it('is the last word of a plug that answers no question', () => {
        const { confirmation, report, verdicts } = open(true)
        report(false, 'echo')
        report(true, 'echo')
        confirmation.late()
        assert.deepEqual(verdicts, ['confirmed'])
    })

    it('is given by the answer after a reconnect, but its contrary is not: the command may have been lost', () => {
        const { confirmation, report } = open()
        confirmation.asked(1)
        assert.equal(report(false, 'answer', 1), undefined)
        assert.equal(report(true, 'answer', 1), 'confirmed')
    })
})
