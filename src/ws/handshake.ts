import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Refusal } from '../lib/index.ts'
import { BEARER, offered } from './authentication.ts'

/** Subprotocols that an endpoint speaks; with `required`, one of them has to be agreed on. */
export interface Subprotocols {
    names: readonly string[]
    required: boolean
}

/**
 * The subprotocol to answer a handshake with. A browser goes away if none of those that it offered is named, so that a token
 * is named back when it was all that it offered.
 * @throws {@link Refusal} 400 if one is required and none fits
 */
export function agree(request: IncomingMessage, { names, required }: Subprotocols): string | false {
    const offers = offered(request)
    const agreed = offers.find((name) => names.includes(name))
    if (agreed !== undefined) return agreed
    if (required) throw new Refusal(400, 'NO_SUBPROTOCOL', `the subprotocol must be ${names.join(' or ')}`)
    return offers.find((name) => name.startsWith(BEARER)) ?? false
}

/** Ends the connection of a socket that is of no use, without an error that nobody listens for. */
export function drop(this: Duplex): void {
    this.destroy()
}

/** Answers a handshake with the reason why it is refused, and ends the connection. */
export function turnAway(socket: Duplex, { status, message, details }: Refusal): void {
    const headers = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
        'Connection: close',
        'Content-Type: text/plain; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(message)}`,
        ...(status === 401 ? [`WWW-Authenticate: ${details.challenge ?? 'Bearer'}`] : []),
        ...(status === 429 || status === 503 ? ['Retry-After: 5'] : []),
    ]
    // Whoever does not close its own side would stay otherwise.
    socket.once('finish', drop)
    socket.end(`${headers.join('\r\n')}\r\n\r\n${message}`)
}
