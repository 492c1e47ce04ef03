import assert from 'node:assert/strict'
import { BUCKETS, bordersOf } from '../../../src/energy/calendar.ts'
import { Zone } from '../../../src/lib/index.ts'
import { random } from '../../support/random.ts'

const HOUR = 3_600_000

describe('the buckets of a report', () => {
    const at = (text: string) => Date.parse(text)
    const hours = (bucket: 'd' | 'w' | 'month', from: string, to: string, zone: string) => {
        const borders = bordersOf(bucket, at(from), at(to), new Zone(zone), 100)!
        return borders.slice(1).map((border, i) => (border - borders[i]!) / HOUR)
    }

    it('are days of 23 and 25 hours where clocks change', () => {
        assert.deepEqual(hours('d', '2026-03-28T00:00+01:00', '2026-03-31T00:00+02:00', 'Europe/Berlin'), [24, 23, 24])
        assert.deepEqual(hours('d', '2026-10-24T00:00+02:00', '2026-10-27T00:00+01:00', 'Europe/Berlin'), [24, 25, 24])
        assert.deepEqual(hours('d', '2026-03-07T00:00-05:00', '2026-03-10T00:00-04:00', 'America/New_York'), [24, 23, 24])
        assert.deepEqual(hours('d', '2026-10-31T00:00-04:00', '2026-11-03T00:00-05:00', 'America/New_York'), [24, 25, 24])
        assert.deepEqual(hours('d', '2026-04-04T00:00+11:00', '2026-04-06T00:00+10:30', 'Australia/Lord_Howe'), [24, 24.5])
    })

    it('begin when there is no midnight, too', () => {
        assert.deepEqual(hours('d', '2017-10-14T00:00-03:00', '2017-10-17T00:00-02:00', 'America/Sao_Paulo'), [24, 23, 24])
        assert.deepEqual(hours('d', '2018-02-17T00:00-02:00', '2018-02-19T00:00-03:00', 'America/Sao_Paulo'), [25, 24])
    })

    it('are weeks from Monday on, and months', () => {
        assert.deepEqual(hours('w', '2026-03-18T00:00+01:00', '2026-04-01T00:00+02:00', 'Europe/Berlin'), [5 * 24, 7 * 24 - 1, 2 * 24])
        assert.deepEqual(
            hours('month', '2026-01-31T00:00+01:00', '2026-05-01T00:00+02:00', 'Europe/Berlin').map((length) => length / 24),
            [1, 28, 31 - 1 / 24, 30],
        )
        assert.deepEqual(hours('month', '2024-02-01T00:00Z', '2024-03-01T00:00Z', 'UTC'), [29 * 24])
    })

    it('are hours by the clock where zones are not whole hours apart', () => {
        const borders = bordersOf('h', at('2026-01-01T00:10+05:45'), at('2026-01-01T02:10+05:45'), new Zone('Asia/Kathmandu'), 10)!
        assert.deepEqual(
            borders,
            ['00:10', '01:00', '02:00', '02:10'].map((time) => at(`2026-01-01T${time}+05:45`)),
        )
    })

    it('cover any time without a hole, whatever the zone', () => {
        const next = random(7)
        const zones = [
            'UTC',
            'Europe/Berlin',
            'America/New_York',
            'Australia/Lord_Howe',
            'Asia/Kathmandu',
            'Pacific/Apia',
            'America/Sao_Paulo',
        ]
        for (let i = 0; i < 300; i++) {
            const bucket = BUCKETS[Math.floor(next() * BUCKETS.length)]!
            const zone = new Zone(zones[Math.floor(next() * zones.length)])
            const from = Math.floor(Date.UTC(2010, 0, 1) + next() * 20 * 365 * 24 * HOUR)
            const to = from + 1 + Math.floor(next() * (bucket.endsWith('s') ? HOUR : bucket.endsWith('m') ? 24 * HOUR : 2000 * HOUR))
            const borders = bordersOf(bucket, from, to, zone, 10_000)!
            assert.deepEqual([borders[0], borders.at(-1)], [from, to])
            assert.ok(borders.every((border, n) => n === 0 || border > borders[n - 1]!))
            if (!['d', 'w', 'month'].includes(bucket)) continue
            for (const border of borders.slice(1, -1)) {
                const [before, after] = [new Date(zone.local(border - 1)), new Date(zone.local(border))]
                assert.notEqual(before.getUTCDate(), after.getUTCDate(), `${bucket} at ${border} in ${zone.name}`)
            }
        }
    })

    it('are as many as may be', () => {
        const zone = new Zone('UTC')
        assert.equal(bordersOf('1m', 0, 10 * 60_000, zone, 10)!.length, 11)
        assert.equal(bordersOf('1m', 0, 10 * 60_000 + 1, zone, 10), undefined)
        assert.equal(bordersOf('5s', 0, 1e14, zone, 10_000), undefined)
    })
})
