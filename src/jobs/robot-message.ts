import { badInput, isMissing, nonNegative, optional, Refusal, wholeNumber, word } from '../lib/index.ts'
import type { Answer } from './job.ts'

const STATES = ['accepted', 'running', 'succeeded', 'failed', 'cancelled', 'rejected'] as const
const MESSAGE = 'client robot message'
/** Characters of what a robot says that a refusal repeats. */
const SHOWN = 200

/** What tells success or failure in what robots of the seed say: beginnings of words. */
export interface OutcomeWords {
    success: readonly string[]
    failure: readonly string[]
}

/**
 * Reads what a robot says of a job: `{event: "client robot message", value, jobId?, fence?, state?, progress?}`, or just the value. Without a
 * state, the value has to tell success or failure: a boolean, an object with one as `success`, or a text.
 * @returns undefined for an object with another event, which is about no job
 * @throws {@link Refusal} 422 `BAD_INPUT`, 422 `UNCLEAR_ANSWER`
 */
export function readRobotMessage(target: string, given: unknown, words: OutcomeWords): Answer | undefined {
    const message = isObject(given) ? given : { value: given }
    const { event, value, jobId, fence, state, progress } = message
    if (event !== undefined && event !== MESSAGE) return undefined
    const percent = optional(progress, (one) => nonNegative('progress', one, 100))
    if (!isMissing(jobId) && typeof jobId !== 'string') throw badInput('jobId', 'must be text')
    return {
        target,
        jobId: optional(jobId, String),
        fence: optional(fence, (one) => wholeNumber('fence', one, 0, Number.MAX_SAFE_INTEGER)),
        status: isMissing(state) ? outcomeOf(value, percent, words) : word('state', state, STATES),
        progress: percent,
        ...(typeof value === 'string' ? { text: value.slice(0, 1000) } : !isMissing(value) && { value }),
    }
}

function outcomeOf(value: unknown, progress: number | undefined, words: OutcomeWords): Answer['status'] {
    const said = isObject(value) ? (value.success ?? value.status ?? value.message) : value
    if (typeof said === 'boolean') return said ? 'succeeded' : 'failed'
    const outcome = typeof said === 'string' ? told(said, words) : undefined
    if (outcome !== undefined) return outcome
    if (progress !== undefined) return 'running'
    const shown = JSON.stringify(value)?.slice(0, SHOWN)
    throw new Refusal(422, 'UNCLEAR_ANSWER', `it tells neither success nor failure, or both: ${shown}`)
}

const denials = new Set(['not', 'no', 'never', 'cannot', 'without', 'zero', '0', 'nicht', 'kein', 'keine', 'ohne'])
/** Words between a denial and what it denies: not (yet be) executed. */
const REACH = 3

/** Whether a text tells success or failure; undefined if neither, or both. */
function told(text: string, { success, failure }: OutcomeWords): 'succeeded' | 'failed' | undefined {
    const found = new Set<'succeeded' | 'failed'>()
    const tokens = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu) ?? []
    for (const [i, token] of tokens.entries()) {
        const isDenied = tokens.slice(Math.max(i - REACH, 0), i).some((before) => denials.has(before) || /n['’]t$/.test(before))
        // What did not fail has not succeeded for that: nothing is told.
        if (failure.some((word) => token.startsWith(word)) && !isDenied) found.add('failed')
        if (success.some((word) => token.startsWith(word))) found.add(isDenied ? 'failed' : 'succeeded')
    }
    const [only] = found
    return found.size === 1 ? only : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
