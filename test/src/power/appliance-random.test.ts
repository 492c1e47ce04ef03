import assert from 'node:assert/strict'
import { Kitchen, MINUTE, SECOND } from '../../support/kitchen.ts'
import { random } from '../../support/random.ts'

/** What may be told next, by what was told last of the run; of the meter something may be told at any time. */
const next: Record<string, readonly string[]> = {
    none: ['started'],
    started: ['paused', 'finished', 'aborted'],
    paused: ['resumed', 'finished', 'aborted'],
    resumed: ['paused', 'finished', 'aborted'],
    finished: ['started'],
    aborted: ['started'],
}

/** Lets anything happen a few hundred times: loads, silence, restarts, a plug that goes, comes and is switched, a wall clock that is set. */
function live(seed: number): Kitchen {
    const chance = random(seed)
    const kitchen = new Kitchen('idle', { longestPause: chance() < 0.3 ? 0 : 5 * MINUTE })
    kitchen.hasCounter = chance() < 0.7
    const some = (most: number) => Math.ceil(chance() * most)
    const happenings = [
        () => kitchen.fix([0, 1, 7, 12, 60, 2000][some(6) - 1]),
        () => kitchen.pass(some(10) * MINUTE, some(30) * SECOND),
        () => kitchen.pass(some(120) * SECOND, 5 * SECOND),
        () => kitchen.pass(some(15) * MINUTE, Number.POSITIVE_INFINITY),
        () => kitchen.restart(),
        () => kitchen.appliance.see(chance() < 0.3, chance() < 0.7),
        () => kitchen.appliance.see(false, true),
        () => kitchen.appliance.learn(),
        () => kitchen.clock.jump((chance() - 0.5) * 120 * MINUTE),
    ]
    for (let n = 0; n < 300; n++) happenings[some(happenings.length) - 1]!()
    return kitchen
}

describe('an appliance to which anything happens', () => {
    it('is told of in an order that makes sense, never of a silent meter, and with no less energy than none and no more than was used', () => {
        let ended = 0
        for (let seed = 1; seed <= 60; seed++) {
            const { kinds, events, hasCounter, total } = live(seed)
            let [last, isSilent, used] = ['none', false, 0]
            for (const [place, kind] of kinds.entries()) {
                if (kind === 'silent' || kind === 'heard') {
                    assert.equal(isSilent, kind === 'heard', `seed ${seed}: ${kinds.join()}`)
                    isSilent = kind === 'silent'
                }
                if (!(kind in next)) continue
                assert.ok(!isSilent && next[last]!.includes(kind), `seed ${seed}: ${kind} after ${last}, place ${place} of ${kinds.join()}`)
                last = kind
                const event = events[place]!
                if (!('quality' in event)) continue
                ended += 1
                assert.ok(event.energy >= 0 && (event.duration === null || event.duration >= 0), `seed ${seed}: ${JSON.stringify(event)}`)
                used += event.energy
            }
            if (hasCounter) assert.ok(used <= total + 0.001, `seed ${seed}: ${used} kWh of ${total}`)
        }
        assert.ok(ended > 100, `${ended} runs`)
    })
})
