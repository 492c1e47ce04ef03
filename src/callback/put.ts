import type { ClientRequest } from 'node:http'
import { guardedRequest, type HostGuard, type Resolve } from '../http/index.ts'
import type { Clock } from '../lib/index.ts'

/** The whole of a request, from the name's lookup to the end of the answer, in milliseconds. */
const LONGEST = 10_000
/** How much of an answer's body is read, in bytes, for the sake of the connection; nobody looks at it. */
const READ = 65_536

export interface CallbackPut {
    /** Says which answer it is, so that a receiver can tell one that comes twice. */
    id: string
    url: string
    /** JSON. */
    body: string
}

/**
 * Sends one PUT.
 * @returns the status of the answer; a redirect is not followed
 * @throws {@link RefusedHost} if the host may not be called, any other error if there was no answer
 */
export type Put = (request: CallbackPut, signal: AbortSignal) => Promise<number>

/** @param resolve how names become addresses; every one of them is checked */
export function makePut(clock: Clock, guard: HostGuard, resolve?: Resolve): Put {
    const open = guardedRequest(clock, guard, resolve)
    return async ({ id, url, body }, signal) => {
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'idempotency-key': `"${id}"` }
        return await send(clock, open(new URL(url), { method: 'PUT', headers, signal }), body)
    }
}

function send(clock: Clock, request: ClientRequest, body: string): Promise<number> {
    return new Promise((resolve, reject) => {
        let status: number | undefined
        let failure = new Error('the connection was closed without an answer')
        const cancel = clock.after(LONGEST, () => request.destroy(new Error(`no answer within ${LONGEST / 1000} s`)))
        request.on('response', (response) => {
            status = response.statusCode
            let read = 0
            response.on('data', (chunk: Buffer) => {
                read += chunk.length
                if (read > READ) response.destroy()
            })
            // The status has come, so that how the rest fares does not matter.
            response.on('error', () => {})
        })
        request.on('error', (error) => {
            failure = error
        })
        request.on('close', () => {
            cancel()
            if (status === undefined) reject(failure)
            else resolve(status)
        })
        request.end(body)
    })
}
