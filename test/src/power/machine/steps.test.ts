import assert from 'node:assert/strict'
import { type Effect, isOffDue, type MachineEvent, opened, step } from '../../../../src/power/machine.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

/** A machine whose timers run on a fake clock. */
function open(wasOn = false) {
    const clock = new FakeClock()
    const effects: Effect[] = []
    const timers = new Map<string, () => void>()
    const machine = {
        clock,
        effects,
        state: opened(5000, clock.monotonic(), null, false),
        /** Called for each OFF that it wants; what it gives is what became of it, once it is known. */
        attempt: undefined as (() => boolean | undefined) | undefined,
        tell(event: MachineEvent): Effect[] {
            const made = step(machine.state, event, clock.monotonic())
            machine.state = made.state
            effects.push(...made.effects)
            for (const effect of made.effects) run(effect)
            return made.effects
        },
        report: (on: boolean, how: 'echo' | 'answer' = 'answer') => machine.tell({ type: 'report', on, how, isIdle: true }),
        records: () => effects.flatMap((effect) => (effect.do === 'record' ? [effect] : [])),
    }
    const run = (effect: Effect) => {
        if (effect.do === 'disarm' || effect.do === 'arm') timers.get(effect.timer)?.()
        if (effect.do === 'arm')
            timers.set(
                effect.timer,
                clock.after(effect.ms, () => machine.tell({ type: 'timer', timer: effect.timer })),
            )
        if (effect.do !== 'switch-off' || !machine.attempt) return
        const isOff = machine.attempt()
        if (isOff !== undefined) clock.after(0, () => machine.tell({ type: 'tried', isOff }))
    }
    machine.tell({ type: 'connected' })
    machine.tell({ type: 'loaded', offDue: false, isOnUnproven: false, haltedAt: null, running: [], wasOn })
    machine.tell({ type: 'resumed', isIdle: true })
    return machine
}

describe('a plug that must be off', () => {
    /** It is on, and halted. @param attempt whether an OFF is confirmed; undefined while that is not known */
    const halted = (attempt: () => boolean | undefined) => {
        const machine = open()
        const tries: number[] = []
        machine.report(true, 'echo')
        const start = machine.clock.now()
        machine.attempt = () => {
            tries.push(machine.clock.now() - start)
            return attempt()
        }
        return {
            ...machine,
            machine,
            tries,
            halt: () => machine.tell({ type: 'halted', at: 0, ids: [] }),
            kick: () => machine.report(true),
        }
    }

    it('is left alone while nothing is due', () => {
        const { tries, kick, clock } = halted(() => true)
        kick()
        clock.advance(100_000)
        assert.deepEqual(tries, [])
    })

    it('is switched off again and again, ever less often, until it is off', () => {
        let isOff = false
        const { machine, tries, halt, kick, clock } = halted(() => {
            if (isOff) machine.report(false, 'echo')
            return isOff
        })
        halt()
        kick()
        clock.advance(100_000)
        assert.deepEqual(tries, [0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
        isOff = true
        clock.advance(100_000)
        assert.deepEqual([tries.length, isOffDue(machine.state, clock.monotonic())], [9, false])
        isOff = false
        kick()
        clock.advance(1000)
        assert.equal(tries.length, 11)
    })

    it('is not flooded when it says again and again that it is on', () => {
        const { tries, halt, kick, clock } = halted(() => false)
        halt()
        for (let n = 0; n < 1000; n++) {
            kick()
            clock.advance(10)
        }
        assert.ok(tries.length <= 5, `${tries.length} tries in 10 s`)
    })

    it('does not chatter when somebody switches it on whenever it is switched off', () => {
        const { tries, halt, kick, clock } = halted(() => true)
        halt()
        for (let n = 0; n < 1000; n++) {
            kick()
            clock.advance(10)
        }
        assert.ok(tries.length > 2 && tries.length < 10, `${tries.length} tries in 10 s`)
    })

    it('is switched off at once when somebody switches it on later', () => {
        const { machine, tries, halt, kick, clock } = halted(() => {
            machine.report(false, 'echo')
            return true
        })
        halt()
        for (let n = 0; n < 3; n++) {
            kick()
            clock.advance(60_000)
        }
        assert.deepEqual(tries, [0, 60_000, 120_000])
    })

    it('is switched off at once when it comes within reach, but only once at a time', () => {
        const { machine, tries, halt, kick, clock } = halted(() => (tries.length === 1 ? false : undefined))
        halt()
        kick()
        clock.advance(100)
        for (const isReachable of [false, true, false, true]) machine.tell({ type: 'will', isReachable, isNews: true })
        kick()
        assert.deepEqual(tries, [0, 100])
        machine.report(false, 'echo')
        machine.tell({ type: 'tried', isOff: true })
        clock.advance(100_000)
        assert.equal(tries.length, 2)
    })

    it('is not switched off before it is known who runs, unless it is halted', () => {
        for (const isHalted of [false, true]) {
            const now = 0
            let { state } = step(opened(5000, now, isHalted ? 5 : null, true), { type: 'connected' }, now)
            const { effects } = step(state, { type: 'report', on: true, how: 'answer', isIdle: true }, now)
            const isSwitched = state.retry.isTrying || effects.some((effect) => effect.do === 'switch-off')
            assert.equal(isSwitched, isHalted)
            state = step(
                state,
                { type: 'loaded', offDue: true, isOnUnproven: false, haltedAt: null, running: ['a'], wasOn: true },
                now,
            ).state
            assert.equal(isOffDue(state, now), isHalted)
        }
    })
})

describe('what ended before the plug was off', () => {
    it('is told when it went off, also what ended before an emergency', () => {
        const { tell, report, records } = open(true)
        tell({ type: 'started' })
        tell({ type: 'expired', id: 'a' })
        tell({ type: 'halted', at: 0, ids: ['b'] })
        tell({ type: 'halted', at: 0, ids: [] })
        report(false, 'echo')
        report(false, 'echo')
        assert.deepEqual(
            records().map(({ log, offIds }) => [log, offIds]),
            [[{ on: false, owner: '<emergency>' }, ['a', 'b']]],
        )
    })

    it('is forgotten when somebody else runs before the plug is off', () => {
        const { tell, report, records } = open(true)
        tell({ type: 'started' })
        tell({ type: 'expired', id: 'a' })
        tell({ type: 'started' })
        report(false, 'echo')
        assert.deepEqual(records()[0], {
            do: 'record',
            log: { on: false, owner: '<manual>' },
            offIds: [],
            ends: { how: 'manual', late: undefined },
        })
    })
})

describe('an echo that comes after its time', () => {
    const silent = (on: boolean) => {
        const machine = open(!on)
        machine.tell({ type: 'switch', on, owner: 'a', ends: null, within: 5000 })
        machine.clock.advance(5000)
        return machine
    }
    const owners = (machine: ReturnType<typeof open>) => machine.records().map(({ log }) => log?.owner)

    it('is of whoever switched, for a minute', () => {
        const machine = silent(true)
        machine.clock.advance(59_000)
        machine.report(true, 'echo')
        assert.deepEqual(owners(machine), ['a'])
        assert.equal(machine.state.offDue, true)
    })

    it('is somebody else after that, or if it is about something else', () => {
        const machine = silent(true)
        machine.clock.advance(60_000)
        machine.report(true, 'echo')
        assert.equal(owners(machine)[0], '<manual>')
        const other = silent(false)
        other.report(true, 'echo')
        other.report(false, 'echo')
        assert.equal(owners(other)[0], 'a')
    })
})

describe('a start that is about to switch on', () => {
    it('is not forgotten by an OFF that is reported before it does', () => {
        const machine = open()
        machine.tell({ type: 'claimed' })
        machine.tell({ type: 'report', on: false, how: 'answer', isIdle: false })
        assert.equal(machine.state.offDue, true)
        machine.tell({ type: 'switch', on: true, owner: 'a', ends: null, within: 5000 })
        machine.tell({ type: 'report', on: true, how: 'echo', isIdle: false })
        machine.tell({ type: 'failed', id: 'a', wentOn: true, ran: false })
        assert.ok(machine.effects.some((effect) => effect.do === 'switch-off'))
    })
})
