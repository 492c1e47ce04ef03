import assert from 'node:assert/strict'
import { EventParser } from '../../web/shared/event-parser.ts'
import { TimeWindow } from '../../web/shared/time-window.ts'
import { durationText } from '../../web/shared/times.ts'
import { type EnergyHistory, loadHistory, type Piece, withReadings } from '../../web/sockets/energy-history.ts'

const MINUTE = 60_000

describe('the parts of the sockets page', () => {
    it('read server-sent events that come in pieces', () => {
        const parser = new EventParser()
        const text =
            'retry: 2500\n\n:\n\nid: a-1\nevent: reading\ndata: {"a":\ndata: 1}\n\nevent: empty\n\ndata:x\r\n\r\nid: a-2\ndata: lost'
        const found = [...text].flatMap((letter) => parser.read(letter))
        assert.deepEqual(found, [
            { event: 'reading', data: '{"a":\n1}' },
            { event: 'message', data: 'x' },
        ])
        assert.deepEqual([parser.retry, parser.lastId], [2500, 'a-1'])
        parser.begin()
        assert.deepEqual(parser.read('\n'), [])
    })

    describe('a time window', () => {
        it('goes on with time until it is moved or zoomed, and comes back', () => {
            const shown = new TimeWindow(10 * MINUTE)
            assert.deepEqual(shown.range(20 * MINUTE), { from: 10 * MINUTE, to: 20 * MINUTE })
            shown.move(-0.5, 20 * MINUTE)
            assert.deepEqual([shown.isLive, shown.range(99 * MINUTE)], [false, { from: 5 * MINUTE, to: 15 * MINUTE }])
            shown.zoom({ from: 6 * MINUTE, to: 8 * MINUTE })
            assert.deepEqual([shown.isZoomed, shown.range(0)], [true, { from: 6 * MINUTE, to: 8 * MINUTE }])
            shown.zoom({ from: 7 * MINUTE, to: 7 * MINUTE + 1000 })
            assert.equal(shown.span, MINUTE)
            shown.zoomOut()
            shown.zoomOut()
            assert.deepEqual([shown.isZoomed, shown.range(0)], [false, { from: 5 * MINUTE, to: 15 * MINUTE }])
            shown.move(0.5, 20 * MINUTE + 100)
            assert.equal(shown.isLive, true)
        })

        it('shows more or less around its middle, within limits', () => {
            const shown = new TimeWindow(10 * MINUTE)
            shown.move(-1, 30 * MINUTE)
            shown.scale(2, 30 * MINUTE)
            assert.deepEqual(shown.range(30 * MINUTE), { from: 5 * MINUTE, to: 25 * MINUTE })
            for (let n = 0; n < 30; n++) shown.scale(0.5, 30 * MINUTE)
            assert.equal(shown.span, MINUTE)
        })
    })

    describe('a history with readings after it', () => {
        const figures = { kWh: null, cost: null, minW: 5, meanW: 5, maxW: 5 }
        const history = (pieces: Piece[]): EnergyHistory => ({ pieces, total: undefined, step: 5000 })
        const reading = (at: number, power: number | null) => ({ at, power })

        it('goes on in pieces of the same length, the last one made anew', () => {
            const pieces = [
                { from: 0, to: 5000, ...figures },
                { from: 5000, to: 7000, ...figures },
            ]
            const readings = [reading(1000, 9), reading(6000, 10), reading(8000, 20), reading(11_000, null), reading(12_000, 7)]
            const all = withReadings(history(pieces), readings)
            assert.deepEqual(
                all.map(({ from, to, minW, meanW, maxW }) => [from, to, minW, meanW, maxW]),
                [
                    [0, 5000, 5, 5, 5],
                    [5000, 10_000, 10, 15, 20],
                    [10_000, 15_000, 7, 7, 7],
                ],
            )
        })

        it('has a gap where nothing was measured for long', () => {
            const all = withReadings(history([]), [reading(1000, 3), reading(6000, 3), reading(100_000, 4)])
            assert.deepEqual(
                all.map(({ from, to, meanW }) => [from, to, meanW]),
                [
                    [0, 5000, 3],
                    [5000, 10_000, 3],
                    [10_000, 100_000, null],
                    [100_000, 105_000, 4],
                ],
            )
        })

        it('keeps the last piece if the page was not there to measure it', () => {
            const pieces = [{ from: 0, to: 4000, ...figures }]
            assert.deepEqual(withReadings(history(pieces), [reading(3000, 9)]), pieces)
        })
    })

    it('know the mean of each minute of a plug that reports every few minutes', async () => {
        const bucket = (from: number, to: number, meanW: number | null) => ({
            ...{ kWh: null, cost: null, minW: null, maxW: null, meanW },
            ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        })
        const buckets: Record<string, object[]> = {
            auto: [0, 5000, 10_000, 15_000].map((from) => bucket(from, from + 5000, from === 5000 ? 7 : null)),
            '1m': [bucket(0, 12_000, 6), bucket(12_000, 20_000, null)],
        }
        const get = (_path: string, { bucket }: Record<string, string>) =>
            Promise.resolve({ sockets: ['one'], total: {}, bucket: '5s', buckets: buckets[bucket!] })
        const { pieces } = await loadHistory({ get } as never, '', 'power', { from: 0, to: 20_000 }, 30_000)
        assert.deepEqual(
            pieces.map(({ from, to, meanW }) => [from, to, meanW]),
            [
                [0, 5000, 6],
                [5000, 10_000, 7],
                [10_000, 12_000, 6],
                [12_000, 20_000, null],
            ],
        )
    })

    it('write durations as exactly as they matter', () => {
        const all = [42_000, 200_000, 3_900_000, 7_200_000, 187_200_000].map(durationText)
        assert.deepEqual(all, ['42 s', '3 min 20 s', '1 h 05 min', '2 h', '2 d 4 h'])
    })
})
