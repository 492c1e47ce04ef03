import assert from 'node:assert/strict'
import { answered, asked, isCounted, isSure, noQuestions } from '../../../../src/power/machine/questions.ts'

describe('the count of questions and answers', () => {
    it('is certain once nothing was asked for a minute: until then an earlier question may be answered late', () => {
        const early = asked(noQuestions(0), 30_000, 5000)
        const soon = asked(answered(early, undefined, 30_001), 61_000, 5000)
        assert.deepEqual([isCounted(soon, 61_000), isSure(soon, 61_000)], [true, false])
        const late = asked(answered(soon, undefined, 62_000), 121_000, 5000)
        assert.deepEqual([isCounted(late, 121_000), isSure(late, 121_000)], [true, true])
        assert.deepEqual([late.asked, late.answered], [3, 2])
    })
})
