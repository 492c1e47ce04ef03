import type { Task } from '../tasks/index.ts'
import type { Target } from './target.ts'

/** What is kept of a callback: who is to be told, and what. */
export interface Promised extends Target {
    /** What was answered at once, as JSON. A run that is cut short answers with it. */
    accepted?: string | undefined
    /** What is sent, as JSON; nothing as long as the work goes on. */
    body?: string | undefined
}

/** As the payload of a task: what is long stands after the first line as it is. */
export function written({ body = '', ...head }: Promised): string {
    return `${JSON.stringify(head)}\n${body}`
}

/** @throws what cannot be read */
export function readPromised({ payload }: Pick<Task, 'payload'>): Promised {
    const end = payload.indexOf('\n')
    const { url, header, accepted } = JSON.parse(payload.slice(0, end))
    return { url, header, accepted, body: payload.slice(end + 1) }
}

/** A body as the flow gave it; nothing if what was kept is damaged. */
export function readable(body: string): unknown {
    try {
        return JSON.parse(body)
    } catch {
        return undefined
    }
}

/** The answer of work that was cut short: what was answered at once, and that. */
export function interrupted({ accepted = '{}' }: Promised): string {
    const note = readable(accepted)
    const fields = typeof note === 'object' && note !== null ? note : {}
    return JSON.stringify({ ...fields, message: 'the run was interrupted by a restart' })
}

/** Whom a callback must not delay but itself: the host, with its port. */
export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '')
