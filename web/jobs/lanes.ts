import type { Range } from '../shared/time-window.ts'
import { addressOf, endOf, groupOf, isWithRobot, type Job, startOf, timeOf } from './job.ts'

/** What a piece of a lane shows; `late` is the time from when a job was due until it left. */
export type Kind = 'planned' | 'due' | 'underway' | 'succeeded' | 'failed' | 'cancelled' | 'late'

/** A job on the time line, or several that are too close to be told apart. */
export interface Mark extends Range {
    kind: Kind
    jobs: Job[]
}

export interface Track {
    /** The robot's address. */
    address: string
    name: string
    marks: Mark[]
}

/** What stands for several at once is what somebody would want to know first. */
const urgency: Kind[] = ['late', 'cancelled', 'succeeded', 'planned', 'due', 'failed', 'underway']

export function kindOf(job: Job): Kind {
    const group = groupOf(job)
    if (group === 'waiting') return 'planned'
    return group !== 'underway' ? group : isWithRobot(job) ? 'underway' : 'due'
}

function markOf(job: Job, now: number): Mark {
    const from = startOf(job)
    // What has not left takes no time: it is to leave at one.
    const to = job.sentAt ? Math.max(endOf(job, now), from) : from
    return { from, to, kind: kindOf(job), jobs: [job] }
}

/** How long a job was late, or is by now, if that can be seen. */
function lateness(job: Job, now: number, least: number): Mark[] {
    const [from, to] = [timeOf(job.dueAt), timeOf(job.sentAt) || (job.status === 'due' ? now : Number.NaN)]
    return to - from > least ? [{ from, to, kind: 'late', jobs: [job] }] : []
}

/** Makes one of neighbours that are both short and close. */
function together(marks: readonly Mark[], least: number): Mark[] {
    const found: Mark[] = []
    for (const mark of marks) {
        const last = found.at(-1)
        const isShort = (one: Mark) => one.to - one.from < least
        if (last && isShort(last) && isShort(mark) && mark.from - last.to < least) {
            last.to = Math.max(last.to, mark.to)
            last.jobs.push(...mark.jobs)
            if (urgency.indexOf(mark.kind) > urgency.indexOf(last.kind)) last.kind = mark.kind
        } else found.push({ ...mark, jobs: [...mark.jobs] })
    }
    return found
}

/**
 * What happens in a time, robot by robot.
 * @param names of robots by their addresses; each has a lane, in this order
 * @param now by the server's clock
 * @param part of the time that is as short as can be seen
 */
export function lanesOf(jobs: Iterable<Job>, names: ReadonlyMap<string, string>, range: Range, now: number, part = 0.012): Track[] {
    const least = (range.to - range.from) * part
    const byRobot = Map.groupBy(jobs, addressOf)
    const isShown = ({ from, to }: Range) => to >= range.from && from <= range.to
    return [...names].map(([address, name]) => {
        const own = byRobot.get(address) ?? []
        const marks = own
            .map((job) => markOf(job, now))
            .filter(isShown)
            .sort((one, other) => one.from - other.from)
        const late = own.flatMap((job) => lateness(job, now, least)).filter(isShown)
        return { address, name, marks: [...late, ...together(marks, least)] }
    })
}
