import assert from 'node:assert/strict'
import { STATUSES } from '../../src/jobs/job.ts'
import { groups, inOrder, type Job } from '../../web/jobs/job.ts'
import { lanesOf } from '../../web/jobs/lanes.ts'
import { ticks } from '../../web/shared/ticks.ts'

const at = (minute: number) => new Date(Date.UTC(2027, 6, 15, 9) + minute * 60_000).toISOString()
const ms = (minute: number) => Date.parse(at(minute))
const job = (id: string, status: string, due: number, more: Partial<Job> = {}): Job => ({
    ...{ id, status, package: { package_name: id }, robot: { robot_address: 'R1' }, dueAt: at(due) },
    ...more,
})

describe('the parts of the jobs page', () => {
    it('list what is under way, then what waits, the next first, then what has ended, the latest first', () => {
        const all = [
            job('later', 'scheduled', 50),
            job('old', 'succeeded', 1, { endedAt: at(2) }),
            job('next', 'scheduled', 40),
            job('latest', 'failed', 3, { endedAt: at(9) }),
            job('running', 'running', 20, { sentAt: at(20) }),
            job('due', 'due', 10),
            job('never sent', 'cancelled', 60, { endedAt: at(5) }),
        ]
        assert.deepEqual(
            all.sort(inOrder).map(({ id }) => id),
            ['due', 'running', 'next', 'later', 'latest', 'never sent', 'old'],
        )
    })

    it('ask the service for the statuses that it knows, and for each of them', () =>
        assert.deepEqual(Object.values(groups).flat().toSorted(), STATUSES.toSorted()))

    describe('a lane of the time line', () => {
        const names = new Map([
            ['R1', 'one'],
            ['R2', 'two'],
        ])
        const range = { from: ms(0), to: ms(60) }
        const marks = (...jobs: Job[]) =>
            lanesOf(jobs, names, range, ms(30))[0]!.marks.map(({ kind, from, to, jobs }) => [kind, from, to, jobs.length])

        it('has what is planned and due as points, and bars from when a job left to its end, or to now', () => {
            assert.deepEqual(marks(job('a', 'scheduled', 40)), [['planned', ms(40), ms(40), 1]])
            assert.deepEqual(marks(job('a', 'running', 20, { sentAt: at(20) })), [['underway', ms(20), ms(30), 1]])
            assert.deepEqual(marks(job('a', 'failed', 10, { sentAt: at(10), endedAt: at(15) })), [['failed', ms(10), ms(15), 1]])
            assert.deepEqual(marks(job('a', 'cancelled', 10, { endedAt: at(5) })), [['cancelled', ms(10), ms(10), 1]])
        })

        it('shows how late a job was, or is', () => {
            assert.deepEqual(marks(job('a', 'succeeded', 5, { sentAt: at(10), endedAt: at(20) })), [
                ['late', ms(5), ms(10), 1],
                ['succeeded', ms(10), ms(20), 1],
            ])
            assert.deepEqual(marks(job('a', 'due', 5)), [
                ['late', ms(5), ms(30), 1],
                ['due', ms(5), ms(5), 1],
            ])
        })

        it('makes one of those that are too close to be told apart, and shows the one that matters most', () => {
            const close = [0, 1, 2].map((n) => job(`${n}`, 'succeeded', 10, { sentAt: at(10 + n / 10), endedAt: at(10.05 + n / 10) }))
            const found = marks(...close, job('x', 'failed', 10.4, { sentAt: at(10.4), endedAt: at(10.5) }), job('far', 'scheduled', 50))
            assert.deepEqual(found, [
                ['failed', ms(10), Date.parse(at(10.5)), 4],
                ['planned', ms(50), ms(50), 1],
            ])
            assert.deepEqual(marks(...Array.from({ length: 5000 }, (_, n) => job(`${n}`, 'scheduled', 40))), [
                ['planned', ms(40), ms(40), 5000],
            ])
        })

        it('is there for each robot, with nothing of another one and of another time', () => {
            const jobs = [job('a', 'scheduled', 70), job('b', 'scheduled', 10, { robot: { robot_address: 'R2' } })]
            assert.deepEqual(
                lanesOf(jobs, names, range, ms(30)).map(({ name, marks }) => [name, marks.length]),
                [
                    ['one', 0],
                    ['two', 1],
                ],
            )
        })
    })

    it('mark round times, as many as there is room for', () => {
        const from = new Date(2027, 6, 15, 9, 7).getTime()
        const text = (one: number) => new Date(one).toTimeString().slice(0, 5)
        assert.deepEqual(ticks({ from, to: from + 3_600_000 }, 9).map(text), ['09:10', '09:20', '09:30', '09:40', '09:50', '10:00'])
        assert.deepEqual(ticks({ from, to: from + 86_400_000 }, 4).map(text), ['12:00', '18:00', '00:00', '06:00'])
        for (const days of [7, 30, 700]) {
            const found = ticks({ from, to: from + days * 86_400_000 }, 9)
            assert.ok(found.length > 3 && found.length <= 60, String(found.length))
            for (const one of found) assert.equal(text(one), '00:00')
        }
    })
})
