import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Refusal } from '../lib/index.ts'
import type { Admission } from './endpoint.ts'

/** Decides about a handshake. @throws {@link Refusal} 401 if it is refused, 503 if that cannot be decided now */
export type Authenticate = (request: IncomingMessage) => Admission | Promise<Admission>

/** Checks a token. @throws {@link Refusal} as {@link Authenticate} */
export type TokenCheck = (token: string) => Admission | Promise<Admission>

export const unauthorized = (reason: string): Refusal => new Refusal(401, 'UNAUTHORIZED', reason)

/** Browsers cannot set headers: they send their token as a subprotocol with this prefix. */
export const BEARER = 'bearer.'

/** Accepts every handshake. */
export const anyone: Authenticate = () => ({ identity: {} })

/** Accepts a handshake whose token passes a check. */
export const byBearer =
    (check: TokenCheck): Authenticate =>
    (request) =>
        check(tokenOf(request))

/** A check that only one token passes. */
export function checkSecret(secret: string): TokenCheck {
    const wanted = digest(secret)
    return (token) => {
        // Digests are of one length, so that the comparison tells nothing about the secret's.
        if (!timingSafeEqual(digest(token), wanted)) throw unauthorized('the token is not valid')
        return { identity: {} }
    }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Accepts a handshake unless `ask` rejects; that proves no identity. */
export function byAsking(ask: (request: IncomingMessage) => Promise<void>): Authenticate {
    return async (request) => {
        await ask(request)
        return { identity: {} }
    }
}

/** Characters. */
const MAX_TOKEN = 8192

/**
 * The token of a handshake: from its Authorization header, its query's `access_token`, or a subprotocol `bearer.<token>`.
 * @throws {@link Refusal} 401 if there is none
 */
function tokenOf(request: IncomingMessage): string {
    const token = fromHeader(request) ?? fromQuery(request) ?? fromSubprotocol(request)
    if (!token || token.length > MAX_TOKEN) throw unauthorized('a token is required')
    return token
}

/** The token, or name and password, of a handshake, if any. */
export const credentialOf = (request: IncomingMessage): string | undefined =>
    request.headers.authorization || fromQuery(request) || fromSubprotocol(request) || undefined

const fromHeader = ({ headers }: IncomingMessage) => /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
const fromQuery = (request: IncomingMessage) => queryOf(request).get('access_token') || undefined
const fromSubprotocol = (request: IncomingMessage) =>
    offered(request)
        .find((name) => name.startsWith(BEARER))
        ?.slice(BEARER.length)

export const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams => new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '')

/** The subprotocols that a client offers. */
export const offered = ({ headers }: IncomingMessage): string[] =>
    (headers['sec-websocket-protocol'] ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
