import assert from 'node:assert/strict'
import { noCommands, sent, takenOver } from '../../../../src/power/machine/commands.ts'
import { doubtOver, isOpposite, type Pending, pendingOf, reported, type Verdict } from '../../../../src/power/machine/confirmation.ts'
import { noQuestions, type Questions } from '../../../../src/power/machine/questions.ts'

describe('the confirmation of an ON', () => {
    /** When the count of answers shows what they answer. */
    const NOW = 100_000

    /** @param isOpen whether an earlier command may still be echoed. @param isCounted whether the count of answers tells what they answer */
    const open = ({ isOpen = false, answered = 0, isCounted = true, inherited = false } = {}) => {
        const verdicts: Verdict[] = []
        const before = inherited ? takenOver(noCommands, true, true, NOW) : isOpen ? sent(noCommands, true, NOW) : noCommands
        let asked = answered
        let pending: Pending = pendingOf(before, true, 'i1', null, NOW)
        const questions = (count: number): Questions => ({ ...noQuestions(isCounted ? 0 : NOW), asked, answered: count })
        const take = (next: { pending: Pending; asks?: boolean; verdict?: Verdict }) => {
            pending = next.asks ? { ...next.pending, question: ++asked } : next.pending
            if (next.verdict) verdicts.push(next.verdict)
            const [first] = verdicts
            return first && (first.isConfirmed ? 'confirmed' : 'opposite')
        }
        return {
            verdicts,
            asked: () => asked,
            report: (on: boolean, how: 'echo' | 'answer' | 'periodic', count = answered, answers?: number) =>
                take(reported(pending, { on, how, answers }, questions(count), NOW)),
            late: () => take(doubtOver(pending, questions(answered), NOW)),
            reconnect: () => {
                pending = { ...pending, isReconnected: true, question: null }
            },
            isOpposite: () => isOpposite(pending),
        }
    }
    const confirmed = (isProven: boolean) => [{ isConfirmed: true, isProven }]

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
            [false, 'opposite'],
        ] as const) {
            const { report, asked } = open({ answered: 2 })
            assert.equal(report(false, 'echo'), undefined)
            assert.equal(report(false, 'echo'), undefined)
            assert.equal(asked(), 3)
            assert.equal(report(on, 'answer', 2), undefined)
            assert.equal(report(on, 'answer', 3), verdict)
        }
    })

    it('is shown by an answer that says which question it is to, whatever the count', () => {
        for (const [on, verdict] of [
            [true, 'confirmed'],
            [false, 'opposite'],
        ] as const) {
            const { report, verdicts } = open({ answered: 7, isCounted: false, isOpen: true })
            report(false, 'echo')
            assert.equal(report(on, 'answer', 20, 7), undefined, 'an earlier question')
            assert.equal(report(on, 'answer', 20, 8), verdict)
            assert.equal(verdicts[0]!.isProven, true)
        }
    })

    it('is given by the echo that follows the echo of something else', () => {
        const { report } = open()
        report(false, 'echo')
        assert.equal(report(true, 'echo'), 'confirmed')
    })

    it('is in doubt while an earlier command may still be echoed', () => {
        const { report, asked } = open({ isOpen: true })
        assert.equal(report(true, 'echo'), undefined)
        assert.equal(asked(), 1)
        assert.equal(report(true, 'answer', 1), 'confirmed')
    })

    it('is in doubt while the ON of a process before may still be echoed', () => {
        const { report, asked } = open({ inherited: true })
        assert.equal(report(true, 'echo'), undefined)
        assert.equal(asked(), 1)
        assert.equal(report(true, 'answer', 1), 'confirmed')
    })

    it('is the last word of a plug that answers no question', () => {
        const { late, report } = open({ isOpen: true })
        report(false, 'echo')
        report(true, 'echo')
        assert.equal(late(), 'confirmed')
    })

    it('is given by the answer after a reconnect, but its opposite is not: the command may have been lost', () => {
        const { reconnect, report, verdicts } = open({ isCounted: false })
        reconnect()
        assert.equal(report(false, 'answer', 1), undefined)
        assert.equal(report(true, 'answer', 1), 'confirmed')
        assert.deepEqual(verdicts, confirmed(false))
    })

    it('is proven by its echo, but not while an earlier command may still be echoed and nothing is counted', () => {
        const first = open()
        first.report(true, 'echo')
        assert.deepEqual(first.verdicts, confirmed(true))
        const second = open({ isOpen: true, isCounted: false })
        assert.equal(second.report(true, 'echo'), undefined)
        assert.equal(second.report(true, 'answer', 1), undefined)
        second.late()
        assert.deepEqual(second.verdicts, confirmed(false))
    })

    it('is never the opposite by an answer that may be an old one', () => {
        for (const inherited of [false, true]) {
            const { late, report, verdicts, asked, isOpposite } = open({ isCounted: false, inherited })
            report(false, 'answer', 1)
            report(false, 'answer', 1)
            late()
            assert.deepEqual([verdicts, isOpposite()], [[], false])
            report(false, 'echo')
            for (let n = 1; n < 5; n++) report(false, 'answer', asked())
            assert.equal(isOpposite(), false)
            report(false, 'answer', asked())
            assert.deepEqual([asked(), verdicts], [5, []])
            assert.equal(isOpposite(), !inherited)
            assert.equal(report(true, 'echo'), 'confirmed')
            assert.equal(isOpposite(), false)
        }
    })
})

describe('the confirmation of an OFF', () => {
    const verdictOf = (before: typeof noCommands) =>
        reported(pendingOf(before, false, 'i1', null, 0), { on: false, how: 'echo' }, noQuestions(0), 0).verdict

    it('is its echo, which is not certain while that of an earlier OFF may come', () => {
        assert.deepEqual(verdictOf(noCommands), { isConfirmed: true, isProven: true })
        const shown = { ...noCommands, offEchoesUntil: 1 }
        assert.deepEqual(verdictOf(shown), { isConfirmed: true, isProven: true, isUncertain: true })
        assert.equal(verdictOf(sent(noCommands, false, 0)), undefined, 'one that was not confirmed is asked about')
    })
})
