import { Refusal } from '../lib/index.ts'

/** Jobs that have not ended, at the most. */
const MOST = 1_000_000
/** So many of them may be as large as a job may be; once there are more, another one has so many characters as JSON. */
const MOST_LARGE = 16_384
const SMALL = 4096

/**
 * Keeps jobs that wait from taking the whole disk.
 * @param open how many have not ended
 * @param payload that of another one, as JSON
 * @throws {@link Refusal} 429 `TOO_MANY_JOBS`
 */
export function checkCapacity(open: number, payload: string, most = MOST): void {
    if (open >= most) throw new Refusal(429, 'TOO_MANY_JOBS', `${most} jobs have not ended yet`)
    if (open >= MOST_LARGE && payload.length > SMALL)
        throw new Refusal(429, 'TOO_MANY_JOBS', `${open} jobs have not ended yet: another one may have ${SMALL} characters as JSON`)
}
