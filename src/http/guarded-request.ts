import * as dns from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Clock } from '../lib/index.ts'
import { type HostGuard, portOf, RefusedHost, type Resolve } from './guard.ts'

/** From the name's lookup until the other side takes the connection, in milliseconds. */
const CONNECTING = 4000

export interface RequestOptions {
    method: string
    headers?: http.OutgoingHttpHeaders
    signal: AbortSignal
}

/**
 * Begins a request that nobody has sent yet. It fails with {@link RefusedHost} if it would lead to a host that the guard refuses.
 * @throws {@link RefusedHost}, or the reason of the signal if that has aborted
 */
export type OpenRequest = (url: URL, options: RequestOptions) => http.ClientRequest

/** @param resolve how names become addresses; every one of them is checked */
export function guardedRequest(clock: Clock, guard: HostGuard, resolve: Resolve = dns.lookup): OpenRequest {
    return (url, options) => {
        const port = portOf(url)
        // A literal address is connected to without a lookup.
        if (guard.refusesUrl(url)) throw new RefusedHost()
        options.signal.throwIfAborted()
        const { request } = url.protocol === 'https:' ? https : http
        const opened = request(url, { ...options, agent: false, lookup: guard.lookup(resolve, port) })
        const connected = clock.after(CONNECTING, () => opened.destroy(new Error(`no connection within ${CONNECTING / 1000} s`)))
        opened.on('close', connected)
        opened.on('socket', (socket) =>
            // Before anything is sent: only now is it certain who is at the other end.
            socket.prependOnceListener('connect', () => {
                connected()
                const { remoteAddress = '', localAddress } = socket
                const isHere = remoteAddress === localAddress ? '127.0.0.1' : remoteAddress
                if (guard.refuses(remoteAddress, port) || guard.refuses(isHere, port)) opened.destroy(new RefusedHost())
            }),
        )
        return opened
    }
}
