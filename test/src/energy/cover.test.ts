import assert from 'node:assert/strict'
import { alignedLevel, cover } from '../../../src/energy/cover.ts'
import { LEVELS } from '../../../src/energy/rollups.ts'
import { random } from '../../support/random.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]

describe('the rollups that a report reads', () => {
    it('are of all the time, and of none twice, at whatever levels it is kept', () => {
        const next = random(3)
        const moment = (most: number) => Math.floor(next() * most)
        for (let i = 0; i < 500; i++) {
            const from = moment(500 * HOUR)
            const to = from + 1 + moment(next() < 0.3 ? HOUR : 400 * HOUR)
            const hours = [moment(900) - 300, moment(900) - 300, moment(400) - 300].sort((one, other) => other - one)
            const kept = hours.map((hour) => hour * HOUR)
            const level = moment(3)
            const pieces = [...cover(from, to, { level, aligned: level, kept })]
            let end = from
            for (const piece of pieces) {
                assert.equal(piece.from, end)
                assert.ok(piece.to > piece.from)
                end = piece.to
                const own = LEVELS.indexOf(piece.width as 60_000)
                assert.ok(own === 2 || piece.from >= kept[own]!, 'it is there')
                if (!piece.isDivided) assert.ok(own <= level && piece.from % piece.width === 0 && piece.to % piece.width === 0)
                // Only what is not there in minutes is a part of something longer.
                else assert.ok(own === 0 || own > level || piece.from < kept[own - 1]!)
            }
            assert.equal(end, to)
        }
    })

    it('are few for a long time: its ends are by the minute, and the rest by the hour', () => {
        const pieces = [...cover(10.5 * MINUTE, 1000 * HOUR + 20 * MINUTE, { level: 2, aligned: 2, kept: [0, 0, 0] })]
        assert.deepEqual(
            pieces.map(({ width, from, to }) => [width / MINUTE, from / MINUTE, to / MINUTE]),
            [
                [1, 10.5, 11],
                [1, 11, 15],
                [15, 15, 60],
                [60, 60, 60_000],
                [15, 60_000, 60_015],
                [1, 60_015, 60_020],
            ],
        )
    })

    it('are those that lie between borders', () => {
        assert.equal(alignedLevel([]), 2)
        assert.equal(alignedLevel([HOUR, 5 * HOUR]), 2)
        assert.equal(alignedLevel([HOUR, 5 * HOUR + 45 * MINUTE]), 1)
        assert.equal(alignedLevel([HOUR, 5 * HOUR + 5 * MINUTE]), 0)
    })
})
