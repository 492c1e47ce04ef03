import assert from 'node:assert/strict'
import { EnergyMeter } from '../../../src/energy/meter.ts'
import { type RunEnergy, type Sharing, type SocketMeter, settled } from '../../../src/energy/shares.ts'
import { type Tariff, tariffOf } from '../../../src/energy/tariff.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random } from '../../support/random.ts'

const sharings = ['equal', 'weight', 'marginal'] as const

/** A socket whose load a test decides on. */
class Load {
    readonly clock = new FakeClock()
    readonly runs = new Map<string, RunEnergy>()
    readonly ended: RunEnergy[] = []
    readonly sharing: Sharing
    readonly tariff: Tariff | undefined
    meter: EnergyMeter
    /** Wh that the plug has counted. */
    used = 0
    power = 0

    constructor(sharing: Sharing, tariff?: Tariff) {
        this.sharing = sharing
        this.tariff = tariff
        this.meter = new EnergyMeter(this)
        this.meter.load(undefined, [])
    }

    pass(ms: number): void {
        this.clock.advance(ms)
        this.used += this.power * (ms / 3_600_000)
    }

    read(): void {
        this.meter.take({ total: this.used / 1000, today: null, power: this.power })
    }

    start(id: string, weight = 1): void {
        const kept = this.meter.kept(() => this.runs.set(id, this.meter.start(id, weight)!))
        if (kept?.settled && this.runs.has(kept.settled.id)) this.runs.set(kept.settled.id, kept.settled.run)
    }

    stop(id: string): RunEnergy {
        const run = this.meter.stop(id, this.runs.get(id)!)
        this.runs.delete(id)
        this.ended.push(run)
        return run
    }

    /** Ends without a word, and begins anew with what was kept: as after a kill. */
    restart(): void {
        const kept: SocketMeter = JSON.parse(JSON.stringify(this.meter.state))
        const rows = [...this.runs].map(([id, energy]) => ({ id, energy }))
        this.meter = new EnergyMeter(this)
        this.meter.load(kept, rows)
        for (const { id, energy } of rows) this.runs.set(id, energy)
    }

    /** Wh of all runs. */
    get shared(): number {
        const running = [...this.runs].map(([id, run]) => settled(this.meter.current(id, run), this.meter.state!))
        return [...this.ended, ...running].reduce((sum, { energy }) => sum + energy, 0)
    }
}

const about = (value: number, wanted: number, by = 0.001) => assert.ok(Math.abs(value - wanted) <= by, `${value} is not ${wanted}`)

describe('sharing energy', () => {
    /** One runs for an hour at 1 kW, the other for its second half, in which it is 2 kW. */
    function two(sharing: Sharing, weight: number): [number, number] {
        const load = new Load(sharing)
        load.power = 1000
        load.read()
        load.start('a')
        for (let i = 0; i < 60; i++) {
            if (i === 30) {
                load.start('b', weight)
                load.power = 2000
                load.read()
            }
            load.pass(60_000)
            load.read()
        }
        return [load.stop('a').energy, load.stop('b').energy]
    }

    it('shares equally between those that run', () => {
        const [a, b] = two('equal', 3)
        about(a, 1000)
        about(b, 500)
    })

    it('shares by weight', () => {
        const [a, b] = two('weight', 3)
        about(a, 750)
        about(b, 750)
    })

    it('shares marginally: whoever comes pays for what is drawn more from then on', () => {
        const [a, b] = two('marginal', 1)
        about(a, 1000, 0.01)
        about(b, 500, 0.01)
    })

    it('gives all to the only one, and none to one that stops before anything is used', () => {
        for (const sharing of sharings) {
            const load = new Load(sharing)
            load.power = 600
            load.read()
            load.start('a')
            assert.equal(load.stop('a').energy, 0)
            load.start('b')
            load.pass(60_000)
            load.read()
            about(load.stop('b').energy, 10)
        }
    })

    it('gives out what the meter has counted, no more and no less, and nothing below zero', () => {
        for (const sharing of sharings) for (let seed = 1; seed <= 60; seed++) walk(sharing, seed)
    })

    function walk(sharing: Sharing, seed: number): void {
        const next = random(seed)
        const load = new Load(sharing, () => 0.3)
        load.read()
        for (let i = 0, ids = 0; i < 300; i++) {
            const what = next()
            if (what < 0.2) load.start(`i${ids++}`, next() * 5)
            else if (what < 0.35 && load.runs.size > 0) stopSome(load, next)
            else if (what < 0.4) load.power = next() * 3000
            else if (what < 0.43) load.used = next() < 0.5 ? 0 : load.used + 1e6 * next()
            else if (what < 0.46) load.meter.switched(next() < 0.5)
            else if (what < 0.48) load.clock.jump((next() - 0.5) * 1e9)
            else if (what < 0.5) load.restart()
            else load.read()
            load.pass(Math.floor(next() * 20_000))
            const state = load.meter.now()!
            about(load.shared + state.unshared, state.energy, 1e-6 * (1 + state.energy))
            for (const run of load.ended) assert.ok(run.energy >= 0 && run.cost! >= 0 && run.ran! >= 0)
        }
    }

    function stopSome(load: Load, next: () => number): void {
        const ids = [...load.runs.keys()]
        load.stop(ids[Math.floor(next() * ids.length)]!)
    }

    it('is bent by no wall clock', () => {
        const load = new Load('equal')
        load.power = 600
        load.read()
        load.start('a')
        for (const jump of [-9_000_000, 80_000_000, -400]) {
            load.clock.jump(jump)
            load.pass(20_000)
            load.read()
        }
        const { energy, ran, quality } = load.stop('a')
        about(energy, 10)
        assert.deepEqual([ran, quality], [60_000, 'counter'])
    })

    it('says how the energy of a run is known, at the worst', () => {
        const load = new Load('equal')
        load.power = 600
        load.read()
        load.start('a')
        load.used = 0
        load.pass(10_000)
        load.read()
        load.start('b')
        load.pass(10_000)
        load.read()
        assert.equal(load.stop('b').quality, 'counter')
        load.used = 0
        load.pass(4_000_000)
        load.used = 0
        load.read()
        assert.equal(load.stop('a').quality, 'gap')
    })

    it('does not claim to know what one has used that stops while the plug is silent', () => {
        const load = new Load('equal')
        load.power = 600
        load.read()
        load.start('a')
        load.start('b')
        load.pass(4_000_000)
        assert.deepEqual(load.stop('a').quality, 'gap')
        load.read()
        about(load.shared, (600 * 4_000_000) / 3_600_000)
    })

    it('costs what a kWh cost when it was used', () => {
        const load = new Load('equal', tariffOf('22:00-06:00 0.10, 0.40', 'UTC'))
        load.clock.jump(Date.UTC(2026, 0, 1, 21, 0) - load.clock.now())
        load.power = 1000
        load.read()
        load.start('a')
        for (let i = 0; i < 120; i++) {
            load.pass(60_000)
            load.read()
        }
        about(load.stop('a').cost!, 0.5, 0.01)
    })

    it('costs from a message on what that says, also after a restart, until another says that the tariff holds', () => {
        const load = new Load('equal', tariffOf('0.5'))
        load.power = 1000
        load.read()
        load.start('a')
        for (const price of [1, undefined, null]) {
            if (price === undefined) load.restart()
            else load.meter.setPrice(price)
            for (let i = 0; i < 60; i++) {
                load.pass(60_000)
                load.read()
            }
        }
        about(load.stop('a').cost!, 2.5, 0.01)
    })

    it('takes no longer the more run', () => {
        const load = new Load('weight')
        load.power = 900
        load.read()
        for (let i = 0; i < 20_000; i++) load.start(`i${i}`, 1 + (i % 3))
        const before = JSON.stringify(load.meter.state).length
        load.pass(60_000)
        load.read()
        assert.ok(JSON.stringify(load.meter.state).length < before + 100, 'what is kept at a reading says nothing of those that run')
        about(load.shared, 15)
    })
})

describe('a tariff', () => {
    const at = (text: string, time: string, zone = 'UTC') => tariffOf(text, zone)!(Date.parse(time))

    it('is a price, or prices by weekday and time of day, the first of which counts that is for now', () => {
        assert.equal(at('0.32', '2026-01-01T00:00:00Z'), 0.32)
        const text = 'Mon-Fri 06:00-22:00 0.36, Sat-Sun 0.20, 0.24'
        // The first of January 2026 is a Thursday.
        assert.deepEqual(
            ['2026-01-01T05:59:59Z', '2026-01-01T06:00:00Z', '2026-01-01T22:00:00Z', '2026-01-03T12:00:00Z'].map((time) => at(text, time)),
            [0.24, 0.36, 0.24, 0.2],
        )
    })

    it('may go over midnight, and belongs to the day on which it began; and over the end of a week', () => {
        assert.equal(at('Thu 22:00-06:00 1, 2', '2026-01-02T05:00:00Z'), 1)
        assert.equal(at('Thu 22:00-06:00 1, 2', '2026-01-01T05:00:00Z'), 2)
        assert.deepEqual(
            [2, 3, 4, 5, 6].map((day) => at('Sat-Mon 1, 2', `2026-01-0${day}T12:00:00Z`)),
            [2, 1, 1, 1, 2],
        )
    })

    it('goes by the clock of its zone, also when that is set for summer', () => {
        assert.equal(at('06:00-22:00 1, 2', '2026-07-01T04:30:00Z', 'Europe/Berlin'), 1)
        assert.equal(at('06:00-22:00 1, 2', '2026-01-01T04:30:00Z', 'Europe/Berlin'), 2)
    })

    it('is free at a time that no price is for, and none at all if nothing is written', () => {
        assert.equal(at('06:00-22:00 1', '2026-01-01T23:00:00Z'), 0)
        assert.equal(tariffOf('', 'UTC'), undefined)
    })
})
