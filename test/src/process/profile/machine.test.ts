import assert from 'node:assert/strict'
import { readProfile } from '../../../../src/process/profile/document.ts'
import { begin, type RunEffect, type RunEvent, step, takes, wakeAt } from '../../../../src/process/profile/machine.ts'
import { curve, difference, runView } from '../../../../src/process/profile/plan.ts'
import type { Manner, Run } from '../../../../src/process/profile/run.ts'
import { random } from '../../../support/random.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 1)
const manner: Manner = { resolution: 0.5, outage: 'continue', outageAfter: 300_000 }
const range = { min: -50, max: 150 }
const profileOf = (given: object) => readProfile('profile', given, range)
const iso = (hours: number) => new Date(START + hours * HOUR).toISOString()

/** A run that is told `tick` whenever it asked for it. Times are hours since its start. */
class Played {
    run: Run
    now = START
    readonly told: string[] = []

    constructor(given: object, how: Partial<Manner> = {}, value: number | null = null) {
        const { run, effects } = begin(profileOf(given), { ...manner, ...how }, value, START)
        this.run = run
        this.#note(effects)
    }

    get hours(): number {
        return Number(((this.now - START) / HOUR).toFixed(3))
    }

    #note(effects: RunEffect[]): void {
        for (const effect of effects) {
            if (effect.do !== 'tell') continue
            this.told.push(`${this.hours} ${effect.what}${effect.what === 'set-point' ? ` ${this.run.setPoint}` : ''}`)
        }
    }

    tell(event: RunEvent): void {
        const { run, effects } = step(Object.freeze(this.run), event, this.now)
        this.run = run
        this.#note(effects)
    }

    /** Goes on until a time, with all that is due on the way. */
    until(hours: number): this {
        const end = START + hours * HOUR
        for (let at = wakeAt(this.run); at !== null && at <= end; at = wakeAt(this.run)) {
            assert.ok(at >= this.now, 'nothing is due in the past')
            this.now = at
            this.tell({ type: 'tick' })
        }
        this.now = end
        return this
    }

    /** Nobody looks at it meanwhile. */
    away(hours: number): this {
        this.now = START + hours * HOUR
        this.tell({ type: 'tick' })
        return this
    }

    get setPoints(): string[] {
        return this.told.flatMap((told) => (told.includes('set-point') ? told.replace(' set-point', '') : []))
    }
}

const mash = {
    name: 'mash',
    steps: [
        { type: 'set', value: 20 },
        { type: 'ramp', to: 22, rate: 1 },
        { type: 'hold', duration: 3600 },
        { type: 'ramp', to: 21, duration: 1800 },
    ],
}

describe('a profile that is played', () => {
    it('sets, ramps by its resolution, and holds', () => {
        const played = new Played(mash).until(10)
        assert.deepEqual(played.setPoints, ['0 20', '0.5 20.5', '1 21', '1.5 21.5', '2 22', '3.25 21.5', '3.5 21'])
        assert.deepEqual(played.told.at(-1), '3.5 ended')
        assert.equal(played.run.setPoint, 21)
    })

    it('has its set-points at dates, also when it is begun later', () => {
        const points = [
            { at: iso(-2), value: 18 },
            { at: iso(2), value: 20 },
            { at: iso(4), value: 4 },
        ]
        assert.deepEqual(new Played({ points }).until(5).setPoints, ['0 18', '2 20', '4 4'])
        const line = new Played({ points, mode: 'linear', end: 'off' }).until(2)
        assert.deepEqual(line.setPoints, ['0 19', '1 19.5', '2 20'])
        assert.deepEqual(line.until(5).setPoints.slice(-2), ['3.938 4.5', '4 null'])
    })

    it('has its set-points at offsets', () => {
        const points = [
            { after: 0, value: 18 },
            { after: 7200, value: 20 },
        ]
        assert.deepEqual(new Played({ points }).until(5).setPoints, ['0 18', '2 20'])
        assert.deepEqual(new Played({ points, mode: 'linear' }).until(5).setPoints, ['0 18', '0.5 18.5', '1 19', '1.5 19.5', '2 20'])
    })

    it('counts a hold only from when the value has been within the band for long enough', () => {
        const steps = [
            { type: 'set', value: 65 },
            { type: 'hold', duration: 3600, band: 1, for: 360 },
            { type: 'set', value: 70 },
        ]
        const played = new Played({ steps })
        for (const [at, value] of [
            [1, 63],
            [2, 64.5],
            [2.05, 63.9],
            [3, 64.5],
        ] as const)
            played.until(at).tell({ type: 'value', value })
        played.until(3.1).tell({ type: 'value', value: 60 })
        assert.deepEqual(played.until(10).setPoints, ['0 65', '4.1 70'])
    })

    it('waits for a condition, but not for ever: then it goes on, or says that it is late', () => {
        const steps = (late: string) => [
            { type: 'set', value: 20 },
            { type: 'until', below: 1.012, limit: 7200, late },
            { type: 'set', value: 4 },
        ]
        const met = new Played({ steps: steps('advance') }).until(1)
        met.tell({ type: 'value', value: 1.011 })
        assert.deepEqual(met.setPoints, ['0 20', '1 4'])
        assert.deepEqual(new Played({ steps: steps('advance') }).until(9).setPoints, ['0 20', '2 4'])
        const late = new Played({ steps: steps('hold') }).until(9)
        assert.deepEqual([late.setPoints, late.told.at(-1), late.run.isLate], [['0 20'], '2 late', true])
        late.tell({ type: 'value', value: 1 })
        assert.deepEqual(late.setPoints, ['0 20', '9 4'])
    })

    it('waits until somebody confirms', () => {
        const steps = [
            { type: 'set', value: 20 },
            { type: 'confirm', text: 'add hops' },
            { type: 'set', value: 4 },
        ]
        const played = new Played({ steps }).until(5)
        assert.equal(takes(played.run, 'confirm'), true)
        played.tell({ type: 'confirm' })
        assert.deepEqual(played.setPoints, ['0 20', '5 4'])
        assert.equal(takes(new Played(mash).run, 'confirm'), false)
    })

    it('pauses and resumes with the time that remained, skips and goes back', () => {
        const played = new Played(mash).until(1)
        played.tell({ type: 'pause' })
        played.until(5).tell({ type: 'resume' })
        assert.deepEqual(played.until(6).setPoints, ['0 20', '0.5 20.5', '1 21', '5.5 21.5', '6 22'])
        played.tell({ type: 'skip' })
        assert.deepEqual(played.until(6.25).setPoints.at(-1), '6.25 21.5')
        played.tell({ type: 'back' })
        assert.deepEqual([played.run.index, played.run.setPoint], [2, 22])
        assert.deepEqual(played.until(9).setPoints.slice(-3), ['6.25 22', '7.5 21.5', '7.75 21'])
    })

    it('ends with its last set-point, with none, or with the profile that is queued', () => {
        const steps = [
            { type: 'set', value: 20 },
            { type: 'hold', duration: 3600 },
        ]
        assert.equal(new Played({ steps }).until(2).run.setPoint, 20)
        assert.deepEqual(new Played({ steps, end: 'off' }).until(2).setPoints, ['0 20', '1 null'])
        const next = new Played({ steps, end: 'next' })
        next.tell({ type: 'queue', profile: profileOf({ name: 'cold', steps: [{ type: 'ramp', to: 18, rate: 4 }] }) })
        assert.deepEqual(next.until(9).setPoints, ['0 20', '1.125 19.5', '1.25 19', '1.375 18.5', '1.5 18'])
        assert.equal(next.run.profile.name, 'cold')
        assert.equal(new Played({ steps, end: 'next' }).until(2).run.status, 'ended')
    })

    it('goes on after an outage as it is set to: by the clock, with the time that remained, or when somebody says so', () => {
        const steps = [
            { type: 'set', value: 20 },
            { type: 'hold', duration: 7200 },
            { type: 'set', value: 4 },
        ]
        assert.deepEqual(new Played({ steps }).until(1).away(5).setPoints, ['0 20', '5 4'])
        const rest = new Played({ steps }, { outage: 'resume' }).until(1).away(5)
        assert.deepEqual([rest.setPoints, rest.told.at(-1)], [['0 20'], '5 outage'])
        assert.deepEqual(rest.until(9).setPoints, ['0 20', '6 4'])
        const short = new Played({ steps }, { outage: 'ask' }).until(1).away(1.05)
        assert.equal(short.run.status, 'running')
        const asked = (answer: 'resume' | 'continue') => {
            const played = new Played({ steps }, { outage: 'ask' }).until(1).away(1.5)
            assert.deepEqual([played.run.status, wakeAt(played.run)], ['asking', null])
            played.until(1.75).tell({ type: answer })
            return played.until(9).setPoints
        }
        assert.deepEqual(
            [asked('resume'), asked('continue')],
            [
                ['0 20', '2.75 4'],
                ['0 20', '2 4'],
            ],
        )
    })

    it('is edited for what is to come, and not for what is over', () => {
        const played = new Played(mash).until(1)
        const edited = profileOf({ steps: [...mash.steps.slice(0, 1), { type: 'ramp', to: 24, rate: 1 }, { type: 'hold', duration: 60 }] })
        played.tell({ type: 'edit', profile: edited })
        assert.deepEqual(played.until(9).setPoints.slice(3), ['1.5 21.5', '2 22', '2.5 22.5', '3 23', '3.5 23.5', '4 24'])
        assert.equal(played.run.version, 2)
        const past = new Played(mash).until(2.5)
        past.tell({ type: 'edit', profile: edited })
        assert.equal(past.run.version, 1)
        assert.deepEqual(
            difference(profileOf(mash), edited).map(({ index, before, after }) => [index, before?.type, after?.type]),
            [
                [1, 'ramp', 'ramp'],
                [2, 'hold', 'hold'],
                [3, 'ramp', undefined],
            ],
        )
    })

    it('is edited while it is paused: a step of another kind has all of its time', () => {
        const played = new Played({ steps: [{ type: 'ramp', to: 30, duration: 7200 }] }, {}, 20).until(1)
        played.tell({ type: 'pause' })
        played.until(3).tell({
            type: 'edit',
            profile: profileOf({
                steps: [
                    { type: 'hold', duration: 3600 },
                    { type: 'set', value: 4 },
                ],
            }),
        })
        played.until(5).tell({ type: 'resume' })
        assert.equal(played.until(9).setPoints.at(-1), '6 4')
    })

    it('waits no longer for a band that an edit takes away', () => {
        const steps = (more: object) => [
            { type: 'set', value: 20 },
            { type: 'hold', duration: 7200, ...more },
            { type: 'set', value: 4 },
        ]
        const played = new Played({ steps: steps({ band: 0.5 }) }, {}, 10).until(1)
        played.tell({ type: 'edit', profile: profileOf({ steps: steps({}) }) })
        assert.equal(played.until(9).setPoints.at(-1), '2 4')
    })

    it('takes ten years at the most for a ramp, however slow', () => {
        const slow = { steps: [{ type: 'set', value: 0 }, ...[100, 0, 100].map((to) => ({ type: 'ramp', to, rate: 1e-300 }))] }
        const played = new Played(slow)
        assert.equal(runView(played.run, played.now).timeLeft, 3 * 10 * 365 * 86_400)
        assert.ok(curve(played.run, played.now).every(({ at }) => new Date(at).toISOString()))
    })

    it('says how far it is, how long it takes, and what comes next', () => {
        const played = new Played(mash).until(1)
        const { progress, timeLeft, isEstimate, next } = runView(played.run, played.now)
        assert.deepEqual([progress, timeLeft, isEstimate], [0.286, 9000, false])
        assert.deepEqual(next, { at: iso(2), value: 22 })
        const hours = (run: Run) => curve(run, played.now).map(({ at, value }) => [(at - START) / HOUR, value])
        assert.deepEqual(hours(played.run), [
            [1, 21],
            [2, 22],
            [3, 22],
            [3.5, 21],
        ])
        played.tell({ type: 'pause' })
        played.now += HOUR
        assert.equal(runView(played.run, played.now).timeLeft, 9000)
    })

    it('comes to the same whenever and how often it is looked at', () => {
        const draw = random(7)
        for (let round = 0; round < 200; round++) {
            const steps = Array.from({ length: 6 }, () => {
                const pick = draw()
                if (pick < 0.3) return { type: 'set', value: Math.round(draw() * 40) }
                if (pick < 0.6) return { type: 'ramp', to: Math.round(draw() * 40), rate: 1 + draw() * 10 }
                return { type: 'hold', duration: Math.round(draw() * 7200) }
            })
            const [often, once] = [new Played({ steps }, { resolution: 0.001 }), new Played({ steps }, { resolution: 0.001 })]
            const end = draw() * 12
            for (let at = 0; at < end; at += draw()) often.away(at)
            often.away(end)
            once.away(end)
            const of = ({ index, setPoint, since, status }: Run) => ({ index, setPoint, status, since: Math.round(since) })
            assert.deepEqual(of(often.run), of(once.run))
        }
    })
})
