/** What a database takes and may take, in bytes. */
export interface DiskSpace {
    /** What is in use of its file. */
    used: number
    /** What it may take; 0 means as much as there is. */
    limit: number
    /** What others may still write to the disk it is on, and how large that is. */
    free: number
    size: number
}

const MB = 1_048_576
/** The least that is to be free of a disk: a twentieth of it, but no more than this is needed. */
const FREE = 500 * MB
/** The part of the limit from which old readings are deleted, and down to which. */
export const [FULL, ROOMY] = [0.9, 0.8]

/** What people have to be told before there is no room left, if anything. */
export function shortage({ used, limit, free, size }: DiskSpace): string | undefined {
    if (limit > 0 && used > FULL * limit)
        return `the database takes ${megabytes(used)} of the ${megabytes(limit)} it may take: readings older than a week are deleted`
    if (size > 0 && free < Math.min(FREE, size / 20)) return `only ${megabytes(free)} are free on the disk of the database`
    return undefined
}

const megabytes = (bytes: number) => `${Math.floor(bytes / MB)} MB`
