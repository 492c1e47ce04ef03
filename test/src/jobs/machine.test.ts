import assert from 'node:assert/strict'
import { type JobEvent, step } from '../../../src/jobs/machine.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import { freshRecord, type JobRecord } from '../../../src/jobs/record.ts'

const now = { wall: 1_000_000, task: 2_000_000 }
const fresh = freshRecord({
    ...{ id: 'j', queue: 'q', target: 'r', targetName: '', name: '', payload: '{}', schedule: '{}', policy: JSON.stringify(defaultPolicy) },
    ...{ priority: 0, series: null, run: 1, createdAt: 0, dueAt: now.wall, key: null, path: null },
})
const to = (job: JobRecord, ...events: JobEvent[]) => events.reduce((before, event) => step(before, event, now).job, job)
const sent = to(fresh, { type: 'due' }, { type: 'send' })
const answer = (status: 'running' | 'succeeded' | 'failed' | 'cancelled', fence = 1): JobEvent => ({
    type: 'answer',
    answer: { target: 'r', fence, status },
})
const cancel: JobEvent = { type: 'cancel', series: true, canAsk: true }

const jobs: Record<string, JobRecord> = {
    scheduled: { ...fresh, dueAt: now.wall + 1 },
    due: to(fresh, { type: 'due' }),
    sent,
    running: to(sent, answer('running')),
    succeeded: to(sent, answer('succeeded')),
    failed: to({ ...sent, attempt: 3 }, answer('failed')),
    cancelled: to(fresh, cancel),
    expired: to({ ...fresh, policy: JSON.stringify({ ...defaultPolicy, misfire: 'skip' }), dueAt: now.wall - 60_000 }, { type: 'due' }),
}

/** What is about no attempt that is under way, by the statuses for which it may not change anything. */
const nothing: [of: string, event: JobEvent][] = [
    ...['scheduled', 'due', 'sent', 'running', 'succeeded', 'failed', 'cancelled', 'expired'].flatMap((of): [string, JobEvent][] => [
        [of, { type: 'lost', fence: 7 }],
        [of, { type: 'adopted', fence: 7, percent: 50 }],
        [of, { type: 'delivered', fence: 7, delivered: 'away' }],
        [of, { type: 'delivered', fence: 7, delivered: { failed: 'x' } }],
        [of, { type: 'deadline', isSettling: false }],
        ...(of === 'due' ? [] : [[of, { type: 'send' }] as [string, JobEvent]]),
        [of, { type: 'due' }],
    ]),
    ...['scheduled', 'due', 'succeeded', 'failed', 'cancelled', 'expired'].flatMap((of): [string, JobEvent][] => [
        [of, { type: 'lost', fence: jobs[of]!.fence }],
        [of, { type: 'adopted', fence: jobs[of]!.fence, percent: 50 }],
        [of, { type: 'delivered', fence: jobs[of]!.fence, delivered: 'away' }],
    ]),
]

describe('a step of a job', () => {
    for (const [status, job] of Object.entries(jobs)) it(`leads to ${status}`, () => assert.equal(job.status, status))

    for (const [of, event] of nothing)
        it(`is none for one that is ${of}: ${JSON.stringify(event)}`, () =>
            assert.deepEqual(step(jobs[of]!, event, now), { job: jobs[of], entries: [], taken: false }))

    for (const status of ['scheduled', 'due', 'succeeded', 'failed', 'cancelled', 'expired'])
        it(`only counts an answer for one that is ${status}, as late`, () => {
            const { job, taken, stray, entries } = step(jobs[status]!, answer('succeeded'), now)
            assert.deepEqual([job, taken, stray], [{ ...jobs[status], strays: 1 }, false, 'late'])
            assert.deepEqual(
                entries.map(({ step: name, reason }) => [name, reason]),
                [['late', 'r said succeeded of attempt 1']],
            )
        })

    it('takes no answer to an attempt before', () => {
        const again = to(sent, answer('failed'), { type: 'force', schedule: 'keep' }, { type: 'send' })
        assert.deepEqual([again.status, again.fence], ['sent', 2])
        for (const status of ['running', 'succeeded', 'failed', 'cancelled'] as const) {
            const { job, taken } = step(again, answer(status), now)
            assert.deepEqual([job.status, job.deadlineAt, taken], ['sent', again.deadlineAt, false])
        }
    })
})
