import assert from 'node:assert/strict'
import {
    agrees,
    type Commands,
    heard,
    isTakenOver,
    mayRepeat,
    needsAnswer,
    noCommands,
    proven,
    sent,
    strayAnswer,
    takenOver,
} from '../../../../src/power/machine/commands.ts'

describe('what a plug was told', () => {
    const on = (now: number) => sent(noCommands, true, now)
    const shown = (c: Commands, now: number) => [c.mayBeOn, agrees(c, false, now), needsAnswer(c, now)]

    it('leaves it on until it has said OFF after an OFF, proven', () => {
        const early = heard(on(0), false, 'echo', 0)
        assert.deepEqual(shown(early, 0), [true, false, true])
        const told = heard(sent(early, false, 0), false, 'answer', 0)
        assert.deepEqual(shown(told, 0), [true, true, true])
        assert.deepEqual(shown(proven(told, false, true, 0), 0), [false, true, false])
    })

    it('is no longer on its way after a minute, when any word counts', () => {
        const told = sent(on(0), false, 0)
        assert.equal(heard(told, false, 'answer', 59_999).mayBeOn, true)
        const later = heard(told, true, 'answer', 60_000)
        assert.equal(later.mayBeOn, true)
        assert.equal(heard(later, false, 'answer', 60_000).mayBeOn, false)
    })

    it('by a process before us counts as just told, whatever is proven meanwhile', () => {
        const told = heard(proven(sent(takenOver(noCommands, true, true, 0), false, 0), false, true, 0), false, 'echo', 0)
        assert.deepEqual([isTakenOver(told, 0), told.mayBeOn], [true, true])
        const later = heard(told, false, 'answer', 60_000)
        assert.deepEqual([isTakenOver(later, 60_000), later.mayBeOn], [false, false])
    })

    it('may be echoed for a second time, until what came later is proven, or for a minute', () => {
        const repeats = (c: Commands, now: number) => [mayRepeat(c, true, now), mayRepeat(c, false, now)]
        const done = proven(sent(proven(on(0), true, true, 1), false, 2), false, true, 3)
        assert.deepEqual(repeats(done, 3), [false, true])
        assert.deepEqual(repeats(proven(sent(done, true, 4), true, true, 5), 5), [true, false])
        assert.deepEqual(repeats(done, 60_002), [false, false])
        const inherited = takenOver(noCommands, false, false, 0)
        assert.deepEqual(repeats(inherited, 0), [true, false])
        assert.deepEqual(repeats(heard(inherited, false, 'echo', 0), 0), [false, false])
        assert.deepEqual(repeats(heard(takenOver(noCommands, true, true, 0), false, 'echo', 0), 0), [true, false])
    })

    it('is taken for done by one of two plugs, and not any more once both are heard', () => {
        const off = proven(sent(proven(on(0), true, true, 0), false, 0), false, true, 0)
        assert.equal(off.mayBeOn, false)
        const pressed = heard(off, true, 'echo', 0)
        assert.equal(pressed.mayBeOn, false, 'somebody has pressed the button')
        const stray = strayAnswer(pressed, 0)
        assert.deepEqual([stray.mayBeOn, needsAnswer(stray, 0)], [true, true])
    })
})
