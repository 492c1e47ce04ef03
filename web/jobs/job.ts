/** A job as the flow tells of it. Times are ISO 8601. */
export interface Job {
    id: string
    /** `scheduled`, `due`, `sent`, `running`, `succeeded`, `failed`, `cancelled` or `expired`; flows may have further ones. */
    status: string
    /** Only of jobs for robots; others have a name. */
    package?: { package_name: string; path?: string }
    robot?: { robot_name?: string; robot_address: string }
    name?: string
    schedule?: Record<string, unknown>
    priority?: number
    createdAt?: string
    dueAt: string
    sentAt?: string | null
    endedAt?: string | null
    /** How often it was sent. */
    attempt?: number
    /** Milliseconds from when it was due until it was first sent. */
    lateness?: number | null
    progress?: { percent: number; text?: string | null } | null
    /** The robot was asked to end it. */
    cancelling?: boolean
    /** Its robot is not connected, as the page knows by what it was told of robots. */
    isAway?: boolean
    /** The id of the first run of a job that repeats itself; each run is a job. */
    series?: string | null
    run?: number
    reason?: string | null
    history?: HistoryEntry[]
}

export interface HistoryEntry {
    at: string
    status: string
    step?: string
    reason?: string | null
    attempt?: number
}

export interface Robot {
    robotName: string
    robotAddress: string
    userID?: string | number | null
    connected: boolean
    connectedAt?: string | null
    disconnectedAt?: string | null
    /** It says how far it is, and can be asked to end a job. */
    answers?: boolean
}

/** What jobs are shown by: where they are in their life. */
export type Group = 'underway' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'

/** Which statuses belong to each group, in the order in which groups are listed. */
export const groups: Record<Group, readonly string[]> = {
    underway: ['due', 'sent', 'running'],
    waiting: ['scheduled'],
    succeeded: ['succeeded'],
    failed: ['failed', 'expired'],
    cancelled: ['cancelled'],
}

const groupByStatus = new Map(Object.entries(groups).flatMap(([group, all]) => all.map((status) => [status, group as Group] as const)))

export const groupOf = ({ status }: Job): Group => groupByStatus.get(status) ?? 'cancelled'

export const isEnded = (job: Job): boolean => !['underway', 'waiting'].includes(groupOf(job))
/** Whether its robot has it. */
export const isWithRobot = ({ status }: Job): boolean => status === 'sent' || status === 'running'
/** It is due, but its robot is away. */
export const isHeld = ({ status, isAway }: Pick<Job, 'status' | 'isAway'>): boolean => status === 'due' && isAway === true
export const canForce = (job: Job): boolean => job.status === 'scheduled' || (job.status === 'due' && !isHeld(job))
export const canRetry = ({ status }: Job): boolean => ['failed', 'expired', 'cancelled'].includes(status)

/** Milliseconds since 1970; NaN where there is no time. */
export const timeOf = (iso: string | null | undefined): number => (iso ? Date.parse(iso) : Number.NaN)

/** When it left for its robot, or is to leave. */
export const startOf = (job: Job): number => timeOf(job.sentAt) || timeOf(job.dueAt)
/** When it ended; the present for one that has not. */
export const endOf = (job: Job, now: number): number => timeOf(job.endedAt) || (groupOf(job) === 'waiting' ? timeOf(job.dueAt) : now)

const rank = (job: Job): number => Object.keys(groups).indexOf(isEnded(job) ? 'succeeded' : groupOf(job))

/** What is under way, then what waits, the next first, then what has ended, the latest first. */
export function inOrder(one: Job, other: Job): number {
    const byRank = rank(one) - rank(other)
    if (byRank !== 0) return byRank
    const [first, second] = isEnded(one) ? [other, one] : [one, other]
    const ended = (job: Job) => timeOf(job.endedAt) || timeOf(job.dueAt)
    return isEnded(one) ? ended(first) - ended(second) : timeOf(first.dueAt) - timeOf(second.dueAt)
}

export const nameOf = (job: Job): string => job.package?.package_name ?? job.name ?? job.id
/** The address of the robot that a job is for; blank for a job that is for none. */
export const addressOf = ({ robot }: Job): string => robot?.robot_address ?? ''
/** What its robot is called. @param names of robots by their addresses */
export const robotOf = (job: Job, names: ReadonlyMap<string, string>): string =>
    names.get(addressOf(job)) || job.robot?.robot_name || addressOf(job)
