import { badInput, isMissing, jsonText, Refusal, word } from '../lib/index.ts'
import type { Answer } from './job.ts'

const STATUSES = ['accepted', 'running', 'succeeded', 'failed', 'cancelled', 'rejected'] as const
/** Characters. */
const LONGEST_TEXT = 1000
const LONGEST_VALUE = 65_536

/** Checks what a robot says of a job. @throws {@link Refusal} 413 `TOO_LARGE`, 422 `BAD_INPUT` */
export function answerOf({ target, jobId, fence, status, progress, text, value }: Answer): Answer {
    if (!isMissing(jobId) && typeof jobId !== 'string') throw badInput('jobId', 'must be text')
    if (!isMissing(fence) && !Number.isSafeInteger(fence)) throw badInput('fence', 'must be the number that came with the job')
    if (!isMissing(progress) && !(typeof progress === 'number' && progress >= 0 && progress <= 100))
        throw badInput('progress', 'must be a number from 0 to 100')
    if (!isMissing(text) && typeof text !== 'string') throw badInput('text', 'must be text')
    if (value !== undefined && jsonText('value', value).length > LONGEST_VALUE)
        throw new Refusal(413, 'TOO_LARGE', `what came of a job has at most ${LONGEST_VALUE} characters`)
    return {
        target,
        status: word('status', status, STATUSES),
        ...(!isMissing(jobId) && { jobId }),
        ...(!isMissing(fence) && { fence }),
        ...(!isMissing(progress) && { progress }),
        ...(!isMissing(text) && { text: text.slice(0, LONGEST_TEXT) }),
        ...(value !== undefined && { value }),
    }
}
