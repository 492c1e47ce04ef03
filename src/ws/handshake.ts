import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Refusal } from '../lib/index.ts'
import { BEARER, offered } from './authentication.ts'

/** Subprotocols of an endpoint; with `required`, a client has to offer one of them. */
export interface Subprotocols {
    names: readonly string[]
    required: boolean
}

/**
 * Chooses the subprotocol of a connection. A browser fails if none of those that it offers is chosen, so its token is chosen if there is
 * nothing else.
 * @throws {@link Refusal} 400 if one is required and none fits
 */
export function agreeSubprotocol(request: IncomingMessage, { names, required }: Subprotocols): string | false {
    const header = request.headers['sec-websocket-protocol']
    // Most offer one, and need no list.
    if (header !== undefined && names.includes(header)) return header
    const offers = offered(request)
    const agreed = offers.find((name) => names.includes(name))
    if (agreed !== undefined) return agreed
    if (required) throw new Refusal(400, 'NO_SUBPROTOCOL', `the subprotocol must be ${names.join(' or ')}`)
    return offers.find((name) => name.startsWith(BEARER)) ?? false
}

/** A listener for errors of a socket: an error without a listener would end the process. */
export function destroySocket(this: Duplex): void {
    this.destroy()
}

/** Answers a handshake with the reason why it is refused, and ends the connection. */
export function refuseHandshake(socket: Duplex, { status, message, details }: Refusal): void {
    const headers = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
        'Connection: close',
        'Content-Type: text/plain; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(message)}`,
        ...(status === 401 ? [`WWW-Authenticate: ${details.challenge ?? 'Bearer'}`] : []),
        ...(status === 429 || status === 503 ? ['Retry-After: 5'] : []),
    ]
    // The connection would stay open if the client did not close its side.
    socket.once('finish', destroySocket)
    socket.end(`${headers.join('\r\n')}\r\n\r\n${message}`)
}
