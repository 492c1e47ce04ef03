import assert from 'node:assert/strict'
import { Confirmation, type Verdict } from '../../../src/power/confirmation.ts'

describe('the confirmation of an ON', () => {
    /** @param loose whether an earlier command may still be echoed. @param counted whether the number of an answer tells what it answers */
    const open = ({ loose = false, answered = 0, counted = true, inherited = false } = {}) => {
        const verdicts: Verdict[] = []
        const proofs: boolean[] = []
        let asked = answered
        const confirmation = new Confirmation({
            on: true,
            loose,
            inherited,
            counted: () => counted,
            settle: (verdict, proven) => {
                verdicts.push(verdict)
                proofs.push(proven)
            },
            ask: () => ++asked,
        })
        const report = (on: boolean, how: 'echo' | 'answer' | 'periodic', number = answered) => {
            confirmation.report({ kind: 'relay', on, how }, number)
            return verdicts[0]
        }
        return { confirmation, verdicts, proofs, report, asked: () => asked }
    }

    it('is its echo', () => assert.equal(open().report(true, 'echo'), 'confirmed'))

    it('is no periodic report and no answer to an earlier question', () => {
        const { report, asked } = open({ answered: 4 })
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
            const { report, asked } = open({ answered: 2 })
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
        const { report, asked } = open({ loose: true })
        assert.equal(report(true, 'echo'), undefined)
        assert.equal(asked(), 1)
        assert.equal(report(true, 'answer', 1), 'confirmed')
    })

    it('is the last word of a plug that answers no question', () => {
        const { confirmation, report, verdicts } = open({ loose: true })
        report(false, 'echo')
        report(true, 'echo')
        confirmation.late()
        assert.deepEqual(verdicts, ['confirmed'])
    })

    it('is given by the answer after a reconnect, but its contrary is not: the command may have been lost', () => {
        const { confirmation, report, proofs } = open({ counted: false })
        confirmation.anew()
        assert.equal(report(false, 'answer', 1), undefined)
        assert.equal(report(true, 'answer', 1), 'confirmed')
        assert.deepEqual(proofs, [false])
    })

    it('is proven by its echo, but not while an earlier command may still be echoed and nothing is counted', () => {
        const first = open()
        first.report(true, 'echo')
        assert.deepEqual(first.proofs, [true])
        const second = open({ loose: true, counted: false })
        assert.equal(second.report(true, 'echo'), undefined)
        assert.equal(second.report(true, 'answer', 1), undefined)
        second.confirmation.late()
        assert.deepEqual([second.verdicts, second.proofs], [['confirmed'], [false]])
    })

    it('is never the contrary by an answer that may be an old one', () => {
        for (const inherited of [false, true]) {
            const { confirmation, report, verdicts, asked } = open({ counted: false, inherited })
            report(false, 'answer', 1)
            report(false, 'answer', 1)
            confirmation.late()
            assert.deepEqual([verdicts, confirmation.end()], [[], undefined])
            report(false, 'echo')
            for (let n = 1; n < 5; n++) report(false, 'answer', asked())
            assert.equal(confirmation.end(), undefined)
            report(false, 'answer', asked())
            assert.deepEqual([asked(), verdicts], [5, []])
            assert.equal(confirmation.end(), inherited ? undefined : 'contrary')
            assert.equal(report(true, 'echo'), 'confirmed')
            assert.equal(confirmation.end(), undefined)
        }
    })
})
