import assert from 'node:assert/strict'
import { nextRun, previewRuns, readSchedule } from '../../../src/jobs/schedule.ts'
import type { Refusal } from '../../../src/lib/index.ts'
import { Faults } from '../../../src/lib/index.ts'

const BERLIN = 'Europe/Berlin'
const NEW_YORK = 'America/New_York'
const at = (text: string) => Date.parse(text)
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')

/** When a schedule is due that was given at a time, or what is wrong with it, as `path message`. */
function due(now: string, zone: string | undefined, schedule: unknown): string {
    const faults = new Faults()
    const planned = readSchedule('Schedule', schedule, { timeZone: zone }, at(now), faults)
    if (planned && faults.isEmpty) return iso(planned.dueAt)
    try {
        faults.check()
    } catch (error) {
        return (error as Refusal).message
    }
    return assert.fail('neither due nor wrong')
}

/** What is given at a time in a zone, and when it is due. */
const right: [now: string, zone: string, schedule: Record<string, string>, dueAt: string][] = [
    // A day without a year is the next one that comes; the seed's own form first.
    ['2026-07-01T00:00:00Z', BERLIN, { date: '15-7', time: '9:00:00' }, '2026-07-15T07:00:00Z'],
    ['2026-07-15T06:59:59Z', BERLIN, { date: '15-7', time: '09:00' }, '2026-07-15T07:00:00Z'],
    ['2026-07-15T07:00:00Z', BERLIN, { date: '15-7', time: '09:00' }, '2027-07-15T07:00:00Z'],
    ['2026-07-16T00:00:00Z', NEW_YORK, { date: '15-7', time: '9:00:00' }, '2027-07-15T13:00:00Z'],
    ['2026-12-31T23:30:00Z', BERLIN, { date: '01-01', time: '0:00:30' }, '2027-12-31T23:00:30Z'],
    ['2027-01-01T04:30:00Z', NEW_YORK, { date: '31-12', time: '23:59:59' }, '2027-01-01T04:59:59Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '29-2', time: '12:00' }, '2028-02-29T11:00:00Z'],
    ['2028-02-29T11:00:00Z', BERLIN, { date: '29-2', time: '12:00' }, '2032-02-29T11:00:00Z'],
    ['2096-03-01T00:00:00Z', BERLIN, { date: '29-2', time: '12:00' }, '2104-02-29T11:00:00Z'],
    // With a year, and in ISO 8601.
    ['2026-01-01T00:00:00Z', NEW_YORK, { date: '15-7-2027', time: '9:00' }, '2027-07-15T13:00:00Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '2027-07-15', time: '9:00' }, '2027-07-15T07:00:00Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '2027-07-15T09:00' }, '2027-07-15T07:00:00Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '2027-07-15 09:00:30' }, '2027-07-15T07:00:30Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '2027-07-15T09:00:00Z' }, '2027-07-15T09:00:00Z'],
    ['2026-01-01T00:00:00Z', BERLIN, { date: '2027-07-15T09:00:00-04:00' }, '2027-07-15T13:00:00Z'],
    // A schedule may name its own zone.
    ['2026-07-01T00:00:00Z', BERLIN, { date: '15-7', time: '9:00', timeZone: NEW_YORK }, '2026-07-15T13:00:00Z'],
    // Clocks are set forward: 29 March 2026 from 2:00 to 3:00 in Berlin, 8 March in New York.
    ['2026-03-01T00:00:00Z', BERLIN, { date: '29-3', time: '1:59:59' }, '2026-03-29T00:59:59Z'],
    ['2026-03-01T00:00:00Z', BERLIN, { date: '29-3', time: '2:00' }, '2026-03-29T01:00:00Z'],
    ['2026-03-01T00:00:00Z', BERLIN, { date: '29-3', time: '2:30' }, '2026-03-29T01:30:00Z'],
    ['2026-03-01T00:00:00Z', BERLIN, { date: '29-3', time: '2:30', overlap: 'later' }, '2026-03-29T01:30:00Z'],
    ['2026-03-01T00:00:00Z', BERLIN, { date: '29-3', time: '3:00' }, '2026-03-29T01:00:00Z'],
    ['2026-03-01T00:00:00Z', NEW_YORK, { date: '8-3', time: '2:30' }, '2026-03-08T07:30:00Z'],
    ['2026-03-01T00:00:00Z', NEW_YORK, { date: '2026-03-08T02:30' }, '2026-03-08T07:30:00Z'],
    // Clocks are set back: 25 October 2026 from 3:00 to 2:00 in Berlin, 1 November from 2:00 to 1:00 in New York.
    ['2026-10-01T00:00:00Z', BERLIN, { date: '25-10', time: '2:30' }, '2026-10-25T00:30:00Z'],
    ['2026-10-01T00:00:00Z', BERLIN, { date: '25-10', time: '2:30', overlap: 'later' }, '2026-10-25T01:30:00Z'],
    ['2026-10-01T00:00:00Z', BERLIN, { date: '25-10', time: '1:59', overlap: 'later' }, '2026-10-24T23:59:00Z'],
    ['2026-10-01T00:00:00Z', BERLIN, { date: '25-10', time: '3:00', overlap: 'later' }, '2026-10-25T02:00:00Z'],
    ['2026-10-01T00:00:00Z', NEW_YORK, { date: '1-11', time: '1:30' }, '2026-11-01T05:30:00Z'],
    ['2026-10-01T00:00:00Z', NEW_YORK, { date: '1-11', time: '1:30', overlap: 'later' }, '2026-11-01T06:30:00Z'],
    // Between the two, the first is over and the next one comes a year later, unless the second is meant.
    ['2026-10-25T01:00:00Z', BERLIN, { date: '25-10', time: '2:30' }, '2027-10-25T00:30:00Z'],
    ['2026-10-25T01:00:00Z', BERLIN, { date: '25-10', time: '2:30', overlap: 'later' }, '2026-10-25T01:30:00Z'],
    ['2026-07-01T00:00:00Z', BERLIN, { date: '15-7', time: '9:00', timeZone: '' }, '2026-07-15T07:00:00Z'],
    // Again and again.
    ['2026-07-03T10:00:00Z', BERLIN, { cron: '0 9 * * 1-5' }, '2026-07-06T07:00:00Z'],
    ['2026-07-03T10:00:00Z', NEW_YORK, { cron: '0 9 * * 1-5' }, '2026-07-03T13:00:00Z'],
    ['2026-07-03T10:00:00Z', BERLIN, { cron: '*/10 * * * * *' }, '2026-07-03T10:00:10Z'],
]

const wrong: [schedule: unknown, message: RegExp][] = [
    [undefined, /^Schedule is required$/],
    ['15-7', /^Schedule must be an object$/],
    [[], /^Schedule must be an object$/],
    [{}, /^Schedule.date is required; Schedule.time is required$/],
    [{ date: '15-7' }, /^Schedule.time is required$/],
    [{ date: '32-1', time: '9:00' }, /^Schedule.date is a day that does not exist$/],
    [{ date: '31-2', time: '9:00' }, /^Schedule.date is a day that does not exist$/],
    [{ date: '30-2', time: '9:00' }, /^Schedule.date is a day/],
    [{ date: '31-4', time: '9:00' }, /^Schedule.date is a day/],
    [{ date: '0-1', time: '9:00' }, /^Schedule.date is a day/],
    [{ date: '29-2-2027', time: '9:00' }, /^Schedule.date is a day/],
    [{ date: '2027-02-29', time: '9:00' }, /^Schedule.date is a day/],
    [{ date: '2027-02-30T09:00' }, /^Schedule.time is required; Schedule.date must be a day/],
    [{ date: '15-13', time: '9:00' }, /^Schedule.date has a month that does not exist$/],
    [{ date: '15-7-2025', time: '9:00' }, /^Schedule.date is over$/],
    [{ date: '2026-06-30T23:59:59Z' }, /^Schedule.date is over$/],
    [{ date: '7/15', time: '9:00' }, /^Schedule.date must be a day and a month/],
    [{ date: '15-7-27', time: '9:00' }, /^Schedule.date must be/],
    [{ date: 15.7, time: '9:00' }, /^Schedule.date must be text$/],
    [{ date: '15-7', time: '25:00:00' }, /^Schedule.time is a time that does not exist$/],
    [{ date: '15-7', time: '24:00' }, /^Schedule.time is a time/],
    [{ date: '15-7', time: '9:60' }, /^Schedule.time is a time/],
    [{ date: '15-7', time: '9:00:60' }, /^Schedule.time is a time/],
    [{ date: '15-7', time: '9' }, /^Schedule.time must be a time of the day/],
    [{ date: '15-7', time: '9:00 pm' }, /^Schedule.time must be/],
    [{ date: '32-1', time: '25:00:00', timeZone: 'Mars/Base' }, /timeZone must be .*Schedule.time is.*Schedule.date is a day/],
    [{ date: '2027-07-15T09:00', time: '9:00' }, /^Schedule.time must be left out/],
    [{ date: '15-7', time: '9:00', timeZone: 7 }, /^Schedule.timeZone must be a time zone/],
    [{ date: '15-7', time: '9:00', overlap: 'both' }, /^Schedule.overlap must be earlier or later$/],
    [{ date: '9'.repeat(10_240), time: '9:00' }, /^Schedule.date must have at most 200 characters$/],
    [{ cron: '0 25 * * *' }, /^Schedule.cron must be a cron pattern/],
    [{ cron: '0 9 * *' }, /^Schedule.cron must be/],
    [{ cron: '0 0 30 2 *' }, /^Schedule.cron is never due$/],
    [{ cron: '2027-07-15T09:00' }, /^Schedule.cron must be/],
    [{ cron: '0 9 * * *', date: '15-7' }, /^Schedule must have either/],
]

describe('a schedule', () => {
    for (const [now, zone, schedule, dueAt] of right)
        it(`${JSON.stringify(schedule)} in ${zone} given at ${now} is due at ${dueAt}`, () => assert.equal(due(now, zone, schedule), dueAt))

    for (const [schedule, message] of wrong)
        it(`${JSON.stringify(schedule)?.slice(0, 60)} is refused`, () =>
            assert.match(due('2026-07-01T00:00:00Z', BERLIN, schedule), message))

    it('is refused with all that is wrong with it, by path', () =>
        assert.throws(
            () => previewRuns({ date: '32-1', time: '25:00:00' }, 5, {}, 0),
            (error: Refusal) => {
                const paths = (error.details.errors as { path: string }[]).map(({ path }) => path)
                assert.deepEqual([error.status, error.code, paths.toSorted()], [422, 'BAD_INPUT', ['Schedule.date', 'Schedule.time']])
                return true
            },
        ))

    it('is kept as it was given, with the zone that was meant', () => {
        const faults = new Faults()
        const once = readSchedule('Schedule', { date: ' 15-7', time: '9:00:00' }, { timeZone: BERLIN }, 0, faults)
        assert.deepEqual(once!.schedule, { date: '15-7', time: '9:00:00', timeZone: BERLIN, overlap: 'earlier' })
        const own = readSchedule('Schedule', { date: '15-7', time: '9:00' }, {}, 0, faults)
        assert.equal(own!.schedule.timeZone, new Intl.DateTimeFormat().resolvedOptions().timeZone)
    })
})

describe('a repeating schedule', () => {
    const runs = (cron: string, timeZone: string, now: string, count: number) =>
        previewRuns({ cron, timeZone }, count, {}, at(now)).map(iso)

    it('is shown ahead, a date once', () => {
        assert.deepEqual(runs('0 9 * * 1-5', BERLIN, '2026-03-26T12:00:00Z', 3), [
            '2026-03-27T08:00:00Z',
            '2026-03-30T07:00:00Z',
            '2026-03-31T07:00:00Z',
        ])
        assert.equal(runs('* * * * *', BERLIN, '2026-03-26T12:00:00Z', 1_000_000).length, 100)
        assert.equal(previewRuns({ date: '15-7', time: '9:00' }, 5, {}, 0).length, 1)
    })

    it('comes at the first moment after a time that clocks leave out', () => {
        assert.deepEqual(runs('30 2 * * *', BERLIN, '2026-03-28T00:00:00Z', 3), [
            '2026-03-28T01:30:00Z',
            '2026-03-29T01:00:00Z',
            '2026-03-30T00:30:00Z',
        ])
        assert.deepEqual(runs('30 2 * * *', NEW_YORK, '2026-03-08T00:00:00Z', 2), ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'])
    })

    it('comes once at a time that clocks show twice, and in each hour where it is due every hour', () => {
        assert.deepEqual(runs('30 2 * * *', BERLIN, '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'])
        assert.deepEqual(runs('30 1 * * *', NEW_YORK, '2026-11-01T00:00:00Z', 2), ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'])
        assert.deepEqual(runs('0 * * * *', BERLIN, '2026-10-24T23:30:00Z', 4), [
            '2026-10-25T00:00:00Z',
            '2026-10-25T01:00:00Z',
            '2026-10-25T02:00:00Z',
            '2026-10-25T03:00:00Z',
        ])
    })

    it('is never due again at the same time or before', () => {
        for (const cron of ['30 2 * * *', '*/7 * * * *', '0 12 * 2-11 *', '15,45 1-3 * * *'])
            for (const timeZone of [BERLIN, NEW_YORK])
                for (let now = at('2026-03-01T00:00:00Z'), i = 0; i < 300; i++) {
                    const next = nextRun({ cron, timeZone }, now)!
                    assert.ok(next > now, `${cron} in ${timeZone} after ${iso(now)}: ${iso(next)}`)
                    now = next
                }
    })
})
