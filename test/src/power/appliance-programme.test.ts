import assert from 'node:assert/strict'
import type { ApplianceState } from '../../../src/power/appliance-event.ts'
import { Kitchen, MINUTE, SECOND } from '../../support/kitchen.ts'

const near = (actual: number | null, wanted: number, by: number) =>
    assert.ok(actual !== null && Math.abs(actual - wanted) <= by, `${actual} instead of ${wanted} ± ${by}`)

describe("an appliance's programme", () => {
    it('of a washing machine is one run, with what it used and how long it took', () => {
        const kitchen = new Kitchen('washer', { longestPause: 5 * MINUTE })
        kitchen.pass(70 * MINUTE)
        assert.deepEqual(kitchen.kinds, ['started', 'paused', 'finished'])
        // It begins with two minutes of filling that draw hardly anything.
        near(kitchen.end.duration, 48 * MINUTE, 10 * SECOND)
        near(kitchen.end.energy, 0.59, 0.03)
    })

    for (const every of [5, 30])
        it(`of a dishwasher is one run with two pauses, read every ${every} s`, () => {
            const kitchen = new Kitchen('dishwasher')
            kitchen.pass(100 * MINUTE, every * SECOND)
            assert.deepEqual(kitchen.kinds, ['started', 'paused', 'resumed', 'paused', 'resumed', 'paused', 'finished'])
            const [, soaking, washing, drying] = kitchen.events
            near(soaking!.at, 20 * MINUTE, every * SECOND)
            near(washing!.at, 24 * MINUTE, every * SECOND)
            near(drying!.at, 50 * MINUTE, every * SECOND)
            near(kitchen.end.duration, 66 * MINUTE, every * SECOND)
            near(kitchen.end.energy, 0.78, 0.05)
            assert.equal(kitchen.end.quality, 'counter')
        })

    it('is cut in two by a pause that is longer than the longest', () => {
        const kitchen = new Kitchen('dishwasher', { longestPause: 10 * MINUTE })
        kitchen.pass(100 * MINUTE)
        assert.deepEqual(
            kitchen.kinds.filter((kind) => /started|finished|aborted/.test(kind)),
            ['started', 'finished', 'started', 'finished'],
        )
    })

    it('has finished as soon as the hold time is over where there are no pauses', () => {
        const kitchen = new Kitchen('washer', { longestPause: 0 })
        kitchen.pass(52 * MINUTE)
        assert.deepEqual(kitchen.kinds, ['started', 'finished'])
    })

    it('is not resumed by what is too short for a start: a drum that turns now and then after the end', () => {
        const kitchen = new Kitchen('idle', { longestPause: 5 * MINUTE })
        kitchen.fix(500)
        kitchen.pass(10 * MINUTE)
        for (let turn = 0; turn < 4; turn++) {
            kitchen.fix(1)
            kitchen.pass(100 * SECOND)
            kitchen.fix(120)
            kitchen.pass(5 * SECOND)
        }
        kitchen.fix(1)
        kitchen.pass(MINUTE)
        assert.deepEqual(kitchen.kinds, ['started', 'paused', 'finished'])
        near(kitchen.end.at, 10 * MINUTE, 5 * SECOND)
    })

    it('that runs for less than the shortest run is told as aborted', () => {
        const kitchen = new Kitchen('idle', { longestPause: 0 })
        kitchen.fix(500)
        kitchen.pass(40 * SECOND)
        kitchen.fix(1)
        kitchen.pass(2 * MINUTE)
        assert.deepEqual(kitchen.kinds, ['started', 'aborted'])
    })

    it('goes on over restarts at any moment as if there had been none, whether the plug counts or not', () => {
        const run = (restarts: boolean, hasCounter: boolean) => {
            const kitchen = new Kitchen('dishwasher')
            kitchen.hasCounter = hasCounter
            for (let minute = 0; minute < 100; minute++) {
                kitchen.pass(MINUTE)
                if (restarts && minute % 7 === 3) kitchen.restart()
            }
            return kitchen
        }
        for (const hasCounter of [true, false]) {
            const [plain, restarted] = [run(false, hasCounter), run(true, hasCounter)]
            assert.deepEqual(restarted.kinds, plain.kinds)
            assert.equal(restarted.end.at, plain.end.at)
            assert.equal(restarted.end.duration, plain.end.duration)
            // Without a counter, what was drawn between two readings is lost with each restart: 2 kW for five seconds.
            near(restarted.end.energy, plain.end.energy, hasCounter ? 1e-9 : 10 * 0.003)
            near(restarted.end.energy, 0.78, 0.05)
        }
    })

    it('is written down now and then, not with each reading, and seldom where the plug counts', () => {
        const kitchen = new Kitchen('washer', { startPower: 1000 })
        kitchen.pass(15 * MINUTE, SECOND)
        assert.ok(kitchen.writes.length < 15, `${kitchen.writes.length}`)
        const other = new Kitchen('washer')
        other.hasCounter = false
        other.pass(15 * MINUTE, SECOND)
        assert.ok(other.writes.length < 200, `${other.writes.length}`)
    })
})

describe('the watchdog of an appliance', () => {
    it('tells once that the meter is silent, and that it is heard again', () => {
        const kitchen = new Kitchen('idle')
        kitchen.pass(10 * MINUTE)
        const heardAt = kitchen.clock.now() - 5 * SECOND
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        assert.deepEqual(kitchen.events, [{ kind: 'appliance-silent', at: kitchen.events[0]?.at }])
        near(kitchen.events[0]!.at, heardAt, SECOND)
        kitchen.restart()
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        assert.deepEqual(kitchen.kinds, ['silent'])
        kitchen.pass(10 * SECOND)
        assert.deepEqual(kitchen.kinds, ['silent', 'heard'])
    })

    it('is quiet while the socket is off, and after a restart for as long as ever', () => {
        const kitchen = new Kitchen('idle')
        kitchen.pass(MINUTE)
        kitchen.appliance.see(true, true)
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        kitchen.appliance.see(false, true)
        kitchen.pass(4 * MINUTE, Number.POSITIVE_INFINITY)
        kitchen.restart()
        kitchen.pass(4 * MINUTE, Number.POSITIVE_INFINITY)
        assert.deepEqual(kitchen.kinds, [])
        kitchen.pass(2 * MINUTE, Number.POSITIVE_INFINITY)
        assert.deepEqual(kitchen.kinds, ['silent'])
    })

    it('lets nothing start or finish by two readings with a silence between', () => {
        const kitchen = new Kitchen('idle')
        kitchen.fix(500)
        kitchen.read()
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        kitchen.read()
        assert.deepEqual(kitchen.kinds, ['silent', 'heard'])
        kitchen.pass(MINUTE)
        kitchen.fix(1)
        kitchen.pass(2 * MINUTE)
        assert.deepEqual(kitchen.kinds.slice(2), ['started', 'paused'])
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        kitchen.pass(19 * MINUTE)
        assert.deepEqual(kitchen.kinds.slice(4), ['silent', 'heard'])
        kitchen.pass(2 * MINUTE)
        assert.equal(kitchen.kinds.at(-1), 'finished')
    })

    it('does not count what nobody has read, and says that there is a gap', () => {
        const kitchen = new Kitchen('idle')
        kitchen.hasCounter = false
        kitchen.fix(1000)
        kitchen.pass(6 * MINUTE)
        kitchen.pass(3600 * SECOND, Number.POSITIVE_INFINITY)
        kitchen.pass(6 * MINUTE)
        kitchen.fix(0)
        kitchen.pass(30 * MINUTE)
        near(kitchen.end.energy, 0.2, 0.01)
        assert.equal(kitchen.end.quality, 'gap')
    })
})

describe('the idle power of an appliance', () => {
    it('is learned on request, counts for the thresholds and is kept', () => {
        const kitchen = new Kitchen('idle', { longestPause: 0 })
        kitchen.fix(14)
        kitchen.pass(MINUTE)
        assert.deepEqual(kitchen.kinds, ['started'])
        kitchen.appliance.learn()
        kitchen.pass(5 * MINUTE)
        assert.deepEqual(kitchen.kinds, ['started', 'learned', 'finished'])
        assert.equal(Object(kitchen.events[1]).idlePower, 14)
        kitchen.restart()
        kitchen.fix(20)
        kitchen.pass(5 * MINUTE)
        assert.equal(kitchen.kinds.length, 3)
        kitchen.fix(30)
        kitchen.pass(MINUTE)
        assert.equal(kitchen.kinds.at(-1), 'started')
    })

    const reasonOf = (kitchen: Kitchen) => [kitchen.kinds.at(-1), Object(kitchen.events.at(-1)).reason]

    it('is not learned of what runs, is off, or is not heard', () => {
        const kitchen = new Kitchen('washer', { startHold: 10 * MINUTE })
        kitchen.pass(MINUTE)
        kitchen.appliance.learn()
        kitchen.pass(3 * MINUTE)
        assert.deepEqual(reasonOf(kitchen), ['not-learned', 'not-idle'])
        kitchen.appliance.see(true, true)
        kitchen.appliance.learn()
        assert.deepEqual(reasonOf(kitchen), ['not-learned', 'off'])
        kitchen.appliance.see(false, true)
        kitchen.appliance.learn()
        kitchen.appliance.see(false, false)
        assert.deepEqual(reasonOf(kitchen), ['not-learned', 'silent'])
        kitchen.appliance.see(false, true)
        kitchen.appliance.learn()
        kitchen.pass(10 * MINUTE, Number.POSITIVE_INFINITY)
        assert.equal(kitchen.events.filter(({ kind }) => kind === 'appliance-not-learned').length, 4)
    })
})

describe('the cost of a run', () => {
    it('is that of the price when the energy was used, over a restart, and leaves out what is used after the end', () => {
        const kitchen = new Kitchen('idle', { longestPause: 0 })
        kitchen.price = 0.5
        kitchen.pass(MINUTE)
        kitchen.fix(1000)
        kitchen.pass(6 * MINUTE)
        const [started] = kitchen.events
        assert.deepEqual(started, { kind: 'appliance-started', at: started!.at, energy: null, duration: null, cost: null })
        kitchen.restart()
        kitchen.price = 2
        kitchen.pass(6 * MINUTE)
        kitchen.fix(4)
        kitchen.pass(2 * MINUTE)
        near(kitchen.end.energy, 0.2, 0.003)
        near(kitchen.end.cost!, 0.1 * 0.5 + 0.1 * 2, 0.005)
    })

    it('is not told of a run that began without a price', () => {
        const kitchen = new Kitchen('idle', { longestPause: 0 })
        kitchen.fix(1000)
        kitchen.pass(2 * MINUTE)
        kitchen.price = 1
        kitchen.pass(2 * MINUTE)
        kitchen.fix(0)
        kitchen.pass(2 * MINUTE)
        assert.ok(!('cost' in kitchen.end))
    })
})

describe('what an older version remembered of an appliance', () => {
    it('is gone on with: a run has the energy since its start', () => {
        const kitchen = new Kitchen('idle', { longestPause: 0 })
        kitchen.fix(1000)
        kitchen.pass(6 * MINUTE)
        const since = kitchen.clock.now() - 6 * MINUTE
        // The counter was at nothing when it started.
        kitchen.kept = { running: true, since, meter: 0, changing: null } as Partial<ApplianceState>
        kitchen.restart()
        kitchen.events.length = 0
        kitchen.pass(6 * MINUTE)
        kitchen.fix(0)
        kitchen.pass(2 * MINUTE)
        assert.deepEqual(kitchen.kinds, ['finished'])
        near(kitchen.end.energy, 0.2, 0.002)
        near(kitchen.end.duration, 12 * MINUTE, 5 * SECOND)
    })
})
