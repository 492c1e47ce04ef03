import assert from 'node:assert/strict'
import { type Alarm, afterTransition, byUrgency, type Transition } from '../../web/brewery/alarm.ts'
import { linesOf } from '../../web/brewery/document-lines.ts'
import { logOf, selectLogs } from '../../web/brewery/log.ts'
import * as profile from '../../web/brewery/profile.ts'
import { ValueSeries } from '../../web/brewery/value-series.ts'
import { valueAt } from '../../web/shared/series-plot.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]
const start = Date.UTC(2027, 6, 15, 9)
const iso = (at: number) => new Date(at).toISOString()

describe('the parts of the brewery page', () => {
    describe('a profile in the editor', () => {
        const document = {
            name: 'ale',
            mode: 'linear' as const,
            end: 'off' as const,
            points: [0, 1, 2].map((day) => ({ at: iso(start + day * DAY), value: 18 + day })),
        }
        const draft = profile.draftOf(document)!

        it('comes out as it went in, by dates and from its start', () => {
            assert.deepEqual(profile.documentOf(draft), document)
            const offsets = { ...document, points: [0, 90, 3600].map((after) => ({ after, value: 20 })) }
            assert.deepEqual(profile.documentOf(profile.draftOf(offsets)!), offsets)
            assert.equal(profile.draftOf({ name: 'steps', steps: [{ type: 'set', value: 1 }] }), undefined)
        })

        it('has its points moved between their neighbours only', () => {
            const at = (n: number) => start + n * DAY
            const moved = profile.movePoint(draft, 1, { at: at(9), value: 30 })
            assert.deepEqual(moved.points[1], { at: at(2) - 1000, value: 30 })
            assert.deepEqual(profile.movePoint(draft, 1, { at: at(-9), value: 3 }).points[1], { at: at(0) + 1000, value: 3 })
            assert.equal(profile.movePoint(draft, 0, { at: at(-1), value: 18 }).points[0]!.at, at(-1))
            const offsets = profile.withKind(draft, 'offset', 0)
            assert.equal(profile.movePoint(offsets, 0, { at: -HOUR, value: 18 }).points[0]!.at, 0)
            assert.equal(draft.points[1]!.value, 19)
        })

        it('keeps what is over, and its last point', () => {
            const running = { ...draft, fixed: 2 }
            assert.equal(profile.movePoint(running, 1, { at: start, value: 1 }), running)
            assert.equal(profile.removePoint(running, 1), running)
            assert.equal(profile.addPoint(running, { at: start + HOUR, value: 1 }), undefined)
            assert.equal(profile.addPoint(running, { at: start + 30 * HOUR, value: 1 })?.index, 2)
            const one = { ...draft, points: draft.points.slice(0, 1) }
            assert.equal(profile.removePoint(one, 0), one)
        })

        it('adds a point where it belongs, but not on another one', () => {
            assert.deepEqual(
                profile.addPoint(draft, { at: start + HOUR, value: 5 })!.draft.points.map(({ value }) => value),
                [18, 5, 19, 20],
            )
            assert.equal(profile.addPoint(draft, { at: start + 10, value: 5 }), undefined)
        })

        it('turns dates into times from its start, and back', () => {
            const offsets = profile.withKind(draft, 'offset', 0)
            assert.deepEqual(
                offsets.points.map(({ at }) => at),
                [0, DAY, 2 * DAY],
            )
            assert.deepEqual(profile.withKind(offsets, 'date', start).points, draft.points)
        })

        it('that jumps has corners, and holds its last value', () => {
            const points = draft.points.slice(0, 2)
            const [first, second] = points as [profile.Spot, profile.Spot]
            const until = start + 3 * DAY
            const end = { at: until, value: 19 }
            assert.deepEqual(profile.curveOf({ points, mode: 'step' }, until), [first, { at: second.at, value: 18 }, second, end])
            assert.deepEqual(profile.curveOf({ points, mode: 'linear' }, until), [first, second, end])
        })

        it('is made of the steps of what is played, if points can stand for them', () => {
            const steps = draft.points.map(({ at, value }): profile.Step => ({ type: 'at', at: iso(at), value, linear: true }))
            assert.deepEqual(profile.draftOfRun('ale', steps, 1, 'off'), { ...draft, fixed: 1 })
            const offsets = profile.draftOfRun(
                'mash',
                [
                    { type: 'set', value: 50 },
                    { type: 'hold', duration: 600 },
                    { type: 'set', value: 65 },
                ],
                2,
            )!
            assert.deepEqual(
                [offsets.kind, offsets.mode, offsets.fixed, offsets.points],
                [
                    'offset',
                    'step',
                    1,
                    [
                        { at: 0, value: 50 },
                        { at: 600_000, value: 65 },
                    ],
                ],
            )
            assert.equal(profile.draftOfRun('x', [{ type: 'confirm', text: 'hops' }], 0), undefined)
            assert.equal(profile.draftOfRun('x', [{ type: 'hold', duration: 1, band: 0.5 }], 0), undefined)
            const [set, hold, ramp]: profile.Step[] = [
                { type: 'set', value: 20 },
                { type: 'hold', duration: 600 },
                { type: 'ramp', to: 4, duration: 600 },
            ]
            assert.deepEqual(profile.draftOfRun('x', [hold!, set!, ramp!], 0)!.points, [
                { at: 600_000, value: 20 },
                { at: 1_200_000, value: 4 },
            ])
            // Points would leave out the hold.
            for (const steps of [
                [set!, hold!],
                [set!, hold!, ramp!],
                [set!, ramp!, hold!],
                [set!, set!],
            ])
                assert.equal(profile.draftOfRun('x', steps, 0), undefined)
        })

        it('has durations as people write them', () => {
            for (const [text, ms] of [
                ['1 d 12 h', 36 * HOUR],
                ['90min', 90 * 60_000],
                ['1,5', 1.5 * HOUR],
                ['2 T', 2 * DAY],
                ['0', 0],
                ['90 s', 90_000],
            ] as const)
                assert.equal(profile.parseDuration(text), ms, text)
            for (const text of ['', 'soon', '5 x', '1 h?', 'h']) assert.ok(Number.isNaN(profile.parseDuration(text)), text)
            for (const ms of [0, 1000, 36 * HOUR, DAY + 61_000]) assert.equal(profile.parseDuration(profile.exactDuration(ms)), ms)
        })

        it('has round numbers beside it', () => {
            assert.deepEqual(profile.roundNumbers(17.6, 22.4, 6), [18, 19, 20, 21, 22])
            assert.deepEqual(profile.roundNumbers(-0.25, 0.3, 6), [-0.2, -0.1, 0, 0.1, 0.2, 0.3])
        })
    })

    describe('alarms', () => {
        const alarm = (id: string, state: Alarm['state'], priority: Alarm['priority'], minute = 0): Alarm => ({
            ...{ id, text: id, priority, state, active: true, since: iso(start + minute * 60_000) },
        })

        it('begin with what nobody has acknowledged, then by priority, then with the latest', () => {
            const all = [
                alarm('shelved', 'shelved', 'critical'),
                alarm('known', 'acknowledged', 'critical'),
                alarm('low', 'unacknowledged', 'low', 9),
                alarm('old', 'returned-unacknowledged', 'high', 1),
                alarm('new', 'unacknowledged', 'high', 2),
            ]
            assert.deepEqual(
                all.sort(byUrgency).map(({ id }) => id),
                ['new', 'old', 'low', 'known', 'shelved'],
            )
        })

        it('are as a transition leaves them', () => {
            const transition = (event: string, state: Alarm['state'], more: Partial<Transition> = {}) =>
                ({
                    seq: 1,
                    id: 'a',
                    text: 'hot',
                    priority: 'high',
                    event,
                    from: 'normal',
                    state,
                    active: true,
                    time: iso(start),
                    ...more,
                }) as Transition
            const raised = afterTransition(undefined, transition('raise', 'unacknowledged', { value: 31 }))
            assert.deepEqual(
                [raised.state, raised.value, raised.raisedAt, 'seq' in raised, 'from' in raised],
                ['unacknowledged', 31, iso(start), false, false],
            )
            const later = iso(start + HOUR)
            const known = afterTransition(raised, transition('acknowledge', 'acknowledged', { time: later, by: 'me', comment: 'seen' }))
            assert.deepEqual([known.since, known.raisedAt, known.by, known.comment], [later, iso(start), 'me', 'seen'])
        })
    })

    it('logs have a severity whatever they call it, and are found by words', () => {
        const log = (id: number, data: unknown) => logOf({ channel: 'logs', id, time: start, data })
        const logs = [
            log(1, 'plain'),
            log(2, { level: 'WARN', message: 'pump slow', source: 'pump' }),
            log(3, { severity: 'fatal', text: 'fire' }),
            log(4, { severity: 'odd', temperature: 4 }),
        ]
        assert.deepEqual(
            logs.map(({ severity, text }) => [severity, text]),
            [
                ['info', 'plain'],
                ['warning', 'pump slow'],
                ['critical', 'fire'],
                ['info', '{"temperature":4}'],
            ],
        )
        const gap = { ...logs[0]!, id: -1, isGap: true }
        assert.deepEqual(
            selectLogs([...logs, gap], 'warning', '').map(({ id }) => id),
            [-1, 3, 2],
        )
        assert.deepEqual(
            selectLogs(logs, 'debug', 'SLOW pump').map(({ id }) => id),
            [2],
        )
    })

    it('a value over time goes on from what the flow has kept, and fills what was missed', () => {
        const series = new ValueSeries()
        const at = (second: number, value: number) => ({ at: start + second * 1000, value })
        for (const { at: time, value } of [at(5, 7), at(15, 9), at(30, 4)]) series.add(time, value)
        assert.deepEqual(series.points, [at(5, 7), at(15, 9), at(30, 4)])
        series.keep([at(10, 2), at(20, 3)])
        assert.deepEqual(series.points, [at(5, 7), at(10, 2), at(20, 3), at(30, 4)])
        series.add(at(40, 5).at, 5)
        series.interrupt()
        assert.deepEqual(series.points, [at(10, 2), at(20, 3)])
        series.add(at(50, 6).at, 6)
        assert.deepEqual(series.points, [at(10, 2), at(20, 3), at(50, 6)])
        assert.deepEqual([valueAt(series, start - 1), valueAt(series, start + 12_000)], [null, 2])
    })

    it('two versions of a document are shown line by line', () => {
        assert.deepEqual(linesOf({ name: 'ale', points: [{ at: 'x', value: 1 }], pins: ['a', 'b'] }), [
            'name: ale',
            'points 1: at x, value 1',
            'pins: a, b',
        ])
        assert.deepEqual(linesOf({ value: null }), ['value: null'])
        assert.deepEqual(linesOf({ points: [] }), ['points: '])
    })
})
