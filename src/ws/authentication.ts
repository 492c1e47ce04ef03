import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Refusal } from '../lib/index.ts'
import type { Admission } from './endpoint.ts'

/** @throws {@link Refusal} 401 for whoever may not come in, 503 if that cannot be found out now */
export type Authenticate = (request: IncomingMessage) => Admission | Promise<Admission>

/** Checks the token of a peer. @throws {@link Refusal} as {@link Authenticate} */
export type TokenCheck = (token: string) => Admission | Promise<Admission>

export const unauthorized = (reason: string): Refusal => new Refusal(401, 'UNAUTHORIZED', reason)

/** What a browser, which cannot set headers, puts in front of its token in a subprotocol. */
export const BEARER = 'bearer.'

/** Lets everybody in. */
export const anyone: Authenticate = () => ({ identity: {} })

/** Lets in whose token passes a check. */
export const byBearer =
    (check: TokenCheck): Authenticate =>
    (request) =>
        check(tokenOf(request))

/** Takes one token only. */
export function checkSecret(secret: string): TokenCheck {
    const wanted = digest(secret)
    return (token) => {
        // Digests are of one length, so that the comparison tells nothing about the secret's.
        if (!timingSafeEqual(digest(token), wanted)) throw unauthorized('the token is not valid')
        return { identity: {} }
    }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Lets in whom somebody else lets in, who knows nothing of who it is. */
export function byAsking(ask: (request: IncomingMessage) => Promise<void>): Authenticate {
    return async (request) => {
        await ask(request)
        return { identity: {} }
    }
}

/** Longer than any token that anybody means. */
const LONGEST_TOKEN = 8192

/**
 * The token of a handshake: from its Authorization header, its query's `access_token`, or a subprotocol `bearer.<token>`.
 * @throws {@link Refusal} 401 if there is none
 */
function tokenOf(request: IncomingMessage): string {
    const token = fromHeader(request) ?? fromQuery(request) ?? fromSubprotocol(request)
    if (!token || token.length > LONGEST_TOKEN) throw unauthorized('a token is required')
    return token
}

/** What somebody shows of themselves: a token, or a name and a password; undefined if nothing. */
export const credentialOf = (request: IncomingMessage): string | undefined =>
    request.headers.authorization || fromQuery(request) || fromSubprotocol(request) || undefined

const fromHeader = ({ headers }: IncomingMessage) => /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
const fromQuery = (request: IncomingMessage) => queryOf(request).get('access_token') || undefined
const fromSubprotocol = (request: IncomingMessage) =>
    offered(request)
        .find((name) => name.startsWith(BEARER))
        ?.slice(BEARER.length)

/** What comes after the question mark. */
export const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams => new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '')

/** The subprotocols that a client offers. */
export const offered = ({ headers }: IncomingMessage): string[] =>
    (headers['sec-websocket-protocol'] ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
