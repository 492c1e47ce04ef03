import type { HistoryEntry, Job } from './job.ts'

/**
 * What flows are told of a job. Times are ISO 8601 in UTC, durations milliseconds.
 * @param history its steps, oldest first, where they are asked for; what is sent is told with them, too
 */
export function viewOf(job: Job, history?: readonly HistoryEntry[]) {
    const { id, status, phases, target, targetName, name, payload, schedule, policy, attempt, run, forced, dueAt, createdAt } = job
    return {
        ...{ id, status, phases, ...(target !== '' ? ofRobot(job) : { name, ...(history && { payload }) }), schedule },
        ...{ priority: policy.priority, createdAt: iso(createdAt), dueAt: iso(dueAt), attempt, run },
        ...(job.sentAt !== null && { sentAt: iso(job.sentAt) }),
        ...(job.endedAt !== null && { endedAt: iso(job.endedAt) }),
        ...(job.expiresAt !== null && { expiresAt: iso(job.expiresAt) }),
        ...(job.lateness !== null && { lateness: job.lateness }),
        ...(job.progress && { progress: { ...job.progress, at: iso(job.progress.at) } }),
        ...(job.series !== null && { series: job.series }),
        ...(job.key !== null && { key: job.key }),
        ...(forced && { forced }),
        ...(job.cancelling && { cancelling: true }),
        ...(job.cause !== null && { cause: job.cause }),
        ...(job.reason !== null && { reason: job.reason }),
        ...(job.value !== undefined && { value: job.value }),
        ...(targetName !== '' && history && { policy }),
        ...(history && { history: history.map(({ fence: _, at, ...step }) => ({ at: iso(at), ...step })) }),
    }
}

/** The same in a list: without what came of it, and without what else its package holds for the robot, as both may be large. */
export function entryOf(job: Job) {
    const { value: _, ...view } = viewOf(job)
    if (job.target === '') return view
    const { package_name = job.name, path } = Object(job.payload)
    return { ...view, package: { package_name, path } }
}

const ofRobot = ({ payload, target, targetName }: Job) => ({
    package: payload,
    robot: { robot_name: targetName, robot_address: target },
})

const iso = (at: number): string => new Date(at).toISOString()
