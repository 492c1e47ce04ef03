import assert from 'node:assert/strict'
import { VesselModel } from '../../../../simulators/vessel/model.ts'
import { readProfile } from '../../../../src/process/profile/document.ts'
import { begin, step as playStep, wakeAt } from '../../../../src/process/profile/machine.ts'
import {
    modes,
    newThermostat,
    step,
    type ThermostatEvent,
    type ThermostatSettings,
    type ThermostatState,
} from '../../../../src/process/thermostat/machine.ts'
import { random } from '../../../support/random.ts'

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000]
const usual: ThermostatSettings = {
    ...{ action: 'heat', control: 'hysteresis', band: 0.2, gain: 0.5, integral: 30 * MINUTE, derivative: 0, cycle: 10 * MINUTE },
    ...{ minOn: MINUTE, minOff: MINUTE, sensorLost: 5 * MINUTE, stuckAfter: 30 * MINUTE, renew: 30 * SECOND },
}

/** A thermostat that is told `tick` whenever it asked for it. */
class Controlled {
    state: ThermostatState
    now = 0
    wake: number | null = null
    /** When it went on or off. */
    readonly switched: { at: number; on: boolean }[] = []
    readonly renewed: number[] = []
    readonly settings: ThermostatSettings

    constructor(settings: Partial<ThermostatSettings> = {}) {
        this.settings = { ...usual, ...settings }
        this.state = newThermostat(0)
    }

    tell(event: ThermostatEvent): this {
        const { state, effects } = step(Object.freeze(this.state), event, this.now, this.settings)
        this.state = state
        for (const effect of effects) {
            if (effect.do === 'switch') this.switched.push({ at: this.now, on: effect.on })
            else if (effect.do === 'renew') this.renewed.push(this.now)
            else this.wake = effect.at
        }
        return this
    }

    until(at: number): this {
        while (this.wake !== null && this.wake <= at) {
            assert.ok(this.wake > this.now, 'it is woken later than now')
            this.now = this.wake
            this.tell({ type: 'tick' })
        }
        this.now = at
        return this
    }

    /** What is shorter than it may be. */
    get violations(): number {
        const all = [{ at: 0, on: false }, ...this.switched]
        return all.slice(1).filter(({ at, on }, i) => at - all[i]!.at < (on ? this.settings.minOff : this.settings.minOn)).length
    }
}

describe('the thermostat machine', () => {
    it('goes on below the band and off above it, and the other way where it cools', () => {
        const heats = new Controlled().tell({ type: 'set', setPoint: 20 })
        const cools = new Controlled({ action: 'cool' }).tell({ type: 'set', setPoint: 20 })
        for (const [minute, value] of [20, 19.7, 20.1, 20.3, 19.9, 19.7].entries())
            for (const one of [heats, cools]) one.until((minute + 1) * 2 * MINUTE).tell({ type: 'value', value })
        const minutes = ({ switched }: Controlled) => switched.map(({ at, on }) => [at / MINUTE, on])
        assert.deepEqual(minutes(heats), [
            [4, true],
            [8, false],
            [12, true],
        ])
        assert.deepEqual(minutes(cools), [
            [8, true],
            [12, false],
        ])
    })

    it('asks for power again and again while it is on, and not while it is off', () => {
        const one = new Controlled({ sensorLost: HOUR }).tell({ type: 'set', setPoint: 20 }).tell({ type: 'value', value: 10 })
        one.until(3.2 * MINUTE)
        assert.deepEqual(one.switched, [{ at: MINUTE, on: true }])
        assert.deepEqual(
            one.renewed.map((at) => at / SECOND),
            [90, 120, 150, 180],
        )
        one.tell({ type: 'set', mode: 'off' }).until(HOUR)
        assert.deepEqual([one.switched.length, one.renewed.length], [2, 4])
    })

    it('switches off when its sensor says nothing any more, or its set-point is gone', () => {
        for (const gone of ['sensor', 'set-point']) {
            const one = new Controlled()
                .tell({ type: 'set', setPoint: 20 })
                .until(2 * MINUTE)
                .tell({ type: 'value', value: 10 })
            one.until(5 * MINUTE)
            if (gone === 'set-point') one.tell({ type: 'set', setPoint: null })
            one.until(HOUR)
            assert.deepEqual(
                one.switched.map(({ at, on }) => [at / MINUTE, on]),
                [
                    [2, true],
                    [gone === 'sensor' ? 7 : 5, false],
                ],
            )
        }
    })

    it('does not jump with another set-point or another mode', () => {
        const one = new Controlled({ control: 'pid' }).tell({ type: 'set', setPoint: 20 })
        for (let minute = 1; minute <= 30; minute++) one.until(minute * MINUTE).tell({ type: 'value', value: 19.5 })
        const { demand } = one.state
        assert.ok(demand > 0.2 && demand < 0.3, String(demand))
        one.tell({ type: 'set', setPoint: 30 })
        assert.equal(one.state.demand, demand)
        one.tell({ type: 'set', mode: 'manual', demand: 0.6 })
            .until(31 * MINUTE)
            .tell({ type: 'value', value: 19.5 })
        assert.equal(one.state.demand, 0.6)
        one.tell({ type: 'set', mode: 'auto', setPoint: 19.5 })
            .until(32 * MINUTE)
            .tell({ type: 'value', value: 19.5 })
        assert.equal(one.state.demand, 0.6)
    })

    it('is on for its part of each cycle by hand; what is too short is made up for later', () => {
        const on = (demand: number) => {
            const one = new Controlled({ minOn: 2 * MINUTE, minOff: 2 * MINUTE }).until(10 * MINUTE)
            one.tell({ type: 'set', mode: 'manual', demand }).until(10 * MINUTE + 10 * HOUR)
            assert.equal(one.violations, 0)
            const ends = [...one.switched.slice(1), { at: one.now }]
            return one.switched.reduce((sum, { at, on: isOn }, i) => sum + (isOn ? ends[i]!.at - at : 0), 0) / (10 * HOUR)
        }
        for (const demand of [0, 0.05, 0.5, 0.9, 1]) assert.ok(Math.abs(on(demand) - demand) < 0.02, `${demand} ${on(demand)}`)
    })

    it('goes off by hand as soon as it may, and not at the end of the cycle', () => {
        const one = new Controlled().until(10 * MINUTE).tell({ type: 'set', mode: 'manual', demand: 1 })
        one.until(10.5 * MINUTE).tell({ type: 'set', demand: 0 })
        one.until(HOUR)
        assert.deepEqual(
            one.switched.map(({ at, on }) => [at / MINUTE, on]),
            [
                [10, true],
                [11, false],
            ],
        )
    })

    it('keeps its minimum times, whatever comes', () => {
        for (let seed = 1; seed <= 200; seed++) {
            const draw = random(seed)
            const settings: Partial<ThermostatSettings> = {
                ...{ control: draw() < 0.5 ? 'pid' : 'hysteresis', action: draw() < 0.5 ? 'heat' : 'cool' },
                ...{
                    minOn: Math.round(draw() * 10 * MINUTE),
                    minOff: Math.round(draw() * 10 * MINUTE),
                    derivative: draw() < 0.5 ? 0 : MINUTE,
                },
            }
            const one = new Controlled(settings)
            for (let n = 0; n < 200; n++) {
                one.until(one.now + Math.round(draw() ** 3 * 10 * MINUTE))
                const pick = draw()
                if (pick < 0.7) one.tell({ type: 'value', value: 18 + 4 * draw() })
                else if (pick < 0.85) one.tell({ type: 'set', setPoint: draw() < 0.2 ? null : 18 + 4 * draw() })
                else one.tell({ type: 'set', mode: modes[Math.floor(draw() * 3)], demand: draw() })
                assert.ok(one.state.demand >= 0 && one.state.demand <= 1)
            }
            assert.equal(one.violations, 0, `seed ${seed}`)
        }
    })

    for (const control of ['hysteresis', 'pid'] as const)
        it(`holds the set-points of a profile on a vessel for days, by ${control}`, () => {
            const one = new Controlled({ control })
            const vessel = new VesselModel({ start: 18 })
            const profile = {
                steps: [
                    { type: 'set', value: 20 },
                    { type: 'hold', duration: 86_400 },
                    { type: 'ramp', to: 26, rate: 0.5 },
                    { type: 'hold', duration: 86_400 },
                ],
            }
            const manner = { resolution: 0.1, outage: 'continue', outageAfter: 0 } as const
            let { run } = begin(readProfile('profile', profile, { min: 0, max: 100 }), manner, null, 0)
            const errors: number[] = []
            for (let at = 10 * SECOND; at <= 60 * HOUR; at += 10 * SECOND) {
                if ((wakeAt(run) ?? Infinity) <= at) run = playStep(run, { type: 'tick' }, at).run
                one.until(at)
                vessel.heat(one.state.isOn ? 100 : 0)
                vessel.advance(10)
                one.tell({ type: 'set', setPoint: run.setPoint }).tell({ type: 'value', value: vessel.read() })
                if (at > 4 * HOUR) errors.push(Math.abs(vessel.temperature - run.setPoint!))
            }
            const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
            assert.ok(Math.max(...errors) < 1, `at most ${Math.max(...errors)}`)
            assert.ok(mean < 0.3, `on average ${mean}`)
            assert.equal(one.violations, 0)
            assert.ok(one.switched.length > 20 && one.switched.length < 1500, String(one.switched.length))
        })

    for (const control of ['hysteresis', 'pid'] as const)
        it(`switches off when its value is the same although it heats, until that changes, by ${control}`, () => {
            const one = new Controlled({ control, gain: 0.05 }).tell({ type: 'set', setPoint: 30 }).until(MINUTE)
            for (let at = one.now; at <= 6 * HOUR; at += MINUTE) one.until(at).tell({ type: 'value', value: 20 })
            const ends = [...one.switched.slice(1), { at: one.now }]
            const on = one.switched.reduce((sum, { at, on: isOn }, i) => sum + (isOn ? ends[i]!.at - at : 0), 0)
            assert.deepEqual([one.state.isOn, Math.round(on / MINUTE)], [false, 30])
            for (let at = one.now; at <= 9 * HOUR; at += MINUTE) one.until(at).tell({ type: 'value', value: 20 + ((at / MINUTE) % 3) / 10 })
            assert.ok(one.switched.some(({ at, on: isOn }) => isOn && at > 6 * HOUR))
            assert.equal(one.violations, 0)
        })

    it('leaves a vessel cold whose sensor falls silent', () => {
        const one = new Controlled({ control: 'pid' }).tell({ type: 'set', setPoint: 30 })
        const vessel = new VesselModel()
        for (let at = 10 * SECOND; at <= 20 * HOUR; at += 10 * SECOND) {
            one.until(at)
            vessel.heat(one.state.isOn ? 100 : 0)
            vessel.advance(10)
            if (at < HOUR) one.tell({ type: 'value', value: vessel.read() })
        }
        const { at, on } = one.switched.at(-1)!
        assert.equal(on, false)
        assert.ok(at <= HOUR + 5 * MINUTE, String(at / MINUTE))
        assert.ok(vessel.temperature < 18.1)
    })
})
