import * as dns from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Clock } from '../lib/index.ts'
import { type HostGuard, portOf, RefusedHost, type Resolve } from './guard.ts'

/** From the name's lookup until the other side takes the connection, in milliseconds. */
const CONNECTING = 4000
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
export function makePut(clock: Clock, guard: HostGuard, resolve: Resolve = dns.lookup): Put {
    return ({ id, url, body }, signal) => {
        const target = new URL(url)
        const port = portOf(target)
        // A literal address is connected to without a lookup.
        if (guard.refusesUrl(target)) return Promise.reject(new RefusedHost())
        if (signal.aborted) return Promise.reject(signal.reason)
        const { request } = target.protocol === 'https:' ? https : http
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'idempotency-key': `"${id}"` }
        const options = { method: 'PUT', agent: false, lookup: guard.lookup(resolve, port), signal, headers }
        const sent = request(url, options)
        const connected = clock.after(CONNECTING, () => sent.destroy(new Error(`no connection within ${CONNECTING / 1000} s`)))
        sent.on('close', connected)
        sent.on('socket', (socket) =>
            // Before anything is sent: only now is it certain who is at the other end.
            socket.prependOnceListener('connect', () => {
                connected()
                const { remoteAddress = '', localAddress } = socket
                const isHere = remoteAddress === localAddress ? '127.0.0.1' : remoteAddress
                if (guard.refuses(remoteAddress, port) || guard.refuses(isHere, port)) sent.destroy(new RefusedHost())
            }),
        )
        return send(clock, sent, body)
    }
}

function send(clock: Clock, request: http.ClientRequest, body: string): Promise<number> {
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
