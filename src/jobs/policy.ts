import { badInput, type Faults, finite, isMissing, nonNegative, objectOf, wholeNumber, word } from '../lib/index.ts'

const [MINUTE, YEAR] = [60_000, 31_557_600_000]

/** What is done with a job that fell due while nobody was there to send it: it is run once, or not, or only within a time of grace. */
const MISFIRES = ['runOnce', 'skip', 'grace'] as const

/** How a job is sent, and what happens when that goes wrong. Times are in milliseconds. */
export interface JobPolicy {
    /** How often it is sent at the most. */
    attempts: number
    /** From when it is sent, or last heard of, until its outcome must be known. */
    timeout: number
    /** Until it is sent for the second time; doubled for each time after that. */
    backoff: number
    /** From when it is due until it is not sent any more; null for never. */
    ttl: number | null
    /** What a robot has to end a job that was cancelled. */
    cancelGrace: number
    misfire: (typeof MISFIRES)[number]
    /** How late a job may be that `misfire: 'grace'` is for. */
    grace: number
    /** Those with a higher one are sent first. */
    priority: number
}

export const defaultPolicy: JobPolicy = {
    attempts: 3,
    timeout: 10 * MINUTE,
    backoff: 1000,
    ttl: null,
    cancelGrace: 10_000,
    misfire: 'runOnce',
    grace: 5 * MINUTE,
    priority: 0,
}

const readers: { [K in keyof JobPolicy]: (path: string, given: unknown) => JobPolicy[K] } = {
    attempts: (path, given) => wholeNumber(path, given, 1, 100),
    timeout: (path, given) => wholeNumber(path, given, 1, YEAR),
    backoff: (path, given) => nonNegative(path, given, YEAR),
    ttl: (path, given) => wholeNumber(path, given, 1, 100 * YEAR),
    cancelGrace: (path, given) => nonNegative(path, given, YEAR),
    misfire: (path, given) => word(path, given, MISFIRES),
    grace: (path, given) => nonNegative(path, given, 100 * YEAR),
    priority: readPriority,
}

function readPriority(path: string, given: unknown): number {
    const priority = finite(path, given)
    if (!Number.isInteger(priority) || Math.abs(priority) > 100) throw badInput(path, 'must be a whole number from -100 to 100')
    return priority
}

/** Reads what a trigger says of its policy; what it leaves out is as in `defaults`. What is wrong is added to `faults`. */
export function readPolicy(path: string, given: unknown, defaults: Partial<JobPolicy>, faults: Faults): JobPolicy {
    const policy = { ...defaultPolicy, ...defaults }
    const fields = isMissing(given) ? {} : (objectOf(path, given, faults) ?? {})
    for (const [name, value] of Object.entries(fields)) {
        const field = `${path}.${name}`
        const reader = Object.hasOwn(readers, name) ? readers[name as keyof JobPolicy] : undefined
        if (!reader) faults.add(field, `is not known: there are ${Object.keys(readers).join(', ')}`)
        else if (!isMissing(value)) Object.assign(policy, { [name]: faults.read(field, () => reader(field, value)) })
    }
    return policy
}
