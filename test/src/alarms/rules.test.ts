import assert from 'node:assert/strict'
import { type Limits, look, type Rule, type Sample, unwatched } from '../../../src/alarms/rules.ts'

describe('the rules of alarms', () => {
    /** What is found with each sample, a second apart unless told otherwise. */
    function findings(limits: Partial<Limits>, samples: (Sample | number)[], every = 1000): string[] {
        let watched = unwatched(new Set<Rule>())
        return samples.flatMap((given, i) => {
            const sample = typeof given === 'number' ? { value: given } : given
            const made = look(watched, sample, { deadband: 0, ...limits }, i * every)
            watched = made.watched
            return made.findings.map(({ rule, isActive }) => `${i} ${isActive ? '+' : '-'}${rule}`)
        })
    }

    it('find a value beyond its limits, until it is back by the dead-band', () => {
        const limits = { highHigh: 30, high: 25, low: 10, lowLow: 5, deadband: 1 }
        assert.deepEqual(
            findings(limits, [20, 25, 25.1, 24.5, 24, 23.9, 31, 29, 28.9, 4, 5.5, 6.1, 11.1, 20]),
            [
                ...['2 +high', '4 -high', '6 +high-high', '6 +high', '7 -high-high'],
                ...['9 -high', '9 +low', '9 +low-low', '11 -low-low', '12 -low'],
            ].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
        )
    })

    it('look at nothing that has no limit, and let go of what has none any more', () => {
        assert.deepEqual(findings({}, [1e9, -1e9]), [])
    })

    it('find what changes too fast, once half a minute was seen', () => {
        const rising = Array.from({ length: 40 }, (_, i) => i * 0.1)
        assert.deepEqual(findings({ rate: 5 }, rising), ['30 +rate'])
        const steady = [...rising, ...Array.from({ length: 100 }, () => 4)]
        assert.deepEqual(
            findings({ rate: 5 }, steady).map((found) => found.split(' ')[1]),
            ['+rate', '-rate'],
        )
        assert.deepEqual(findings({ rate: 7 }, rising), [])
    })

    it('find a value that is away from its set-point, and begin anew when that jumps', () => {
        const limits = { tolerance: 1 }
        const samples = [
            { setPoint: 20 },
            15,
            18,
            { setPoint: 20.5 },
            { setPoint: 30 },
            { value: 18 },
            { value: 29.5 },
            { setPoint: null },
            18,
        ]
        assert.deepEqual(findings(limits, samples), ['1 +not-reached', '4 -not-reached', '4 +not-reached', '6 -not-reached'])
    })
})
