import { createPublicKey, type KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose'
import { type Clock, Refusal } from '../lib/index.ts'
import { type TokenCheck, unauthorized } from './authentication.ts'
import type { Admission } from './endpoint.ts'

export interface JwtOptions {
    /** A public key or a certificate in PEM; or where the issuer publishes its keys. */
    key: { pem: string } | { url: string }
    /** Blank means any. */
    issuer: string
    /** Blank means any. */
    audience: string
    /** Path of the claim with the account: names and indexes of lists, separated by dots. */
    accountClaim: string
    /** Whether tokens without expiry are accepted. */
    lasting: boolean
    clock: Clock
    /** Milliseconds between two requests for the keys of a URL. @defaultValue 30 seconds */
    cooldown?: number
}

/** Milliseconds that a request for keys may take: less than an authentication may. */
const FETCH_TIMEOUT = 5000
const SMALLEST_RSA = 2048
const MAX_ID = 256

/**
 * Checks JSON Web Tokens (RFC 7519) that are signed with a key of the issuer's; the claim `sub` tells who the peer is. Which algorithm a
 * signature is checked by depends on the key alone, never on the token.
 */
export function checkJwt(options: JwtOptions): TokenCheck {
    const { issuer, audience, clock } = options
    const { find, algorithms } = 'pem' in options.key ? keyOfPem(options.key.pem) : keysOfUrl(options.key.url, options.cooldown)
    return async (token) => {
        const checks = { algorithms, currentDate: new Date(clock.now()), ...(issuer && { issuer }), ...(audience && { audience }) }
        try {
            const { payload } = await verify(token, find, checks)
            if (payload.exp === undefined && !options.lasting) throw unauthorized('the token must have a time at which it expires (exp)')
            return admission(payload, options.accountClaim)
        } catch (error) {
            throw refusalOf(error)
        }
    }
}

type Checks = NonNullable<Parameters<typeof jwtVerify>[2]>
type Find = JWTVerifyGetKey | KeyObject

/** A token that does not name its key is tried with each key of its kind. */
async function verify(token: string, find: Find, checks: Checks): Promise<JWTVerifyResult> {
    try {
        return await (typeof find === 'function' ? jwtVerify(token, find, checks) : jwtVerify(token, find, checks))
    } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
        for await (const key of error) {
            const found = await jwtVerify(token, key, checks).catch((cause: unknown) => {
                if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause
            })
            if (found) return found
        }
        throw new errors.JWSSignatureVerificationFailed()
    }
}

function keyOfPem(pem: string): { find: KeyObject; algorithms: string[] } {
    const key = readKey(pem)
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
    if (type === 'rsa' && (details?.modulusLength ?? 0) >= SMALLEST_RSA) return { find: key, algorithms: ['RS256'] }
    if (type === 'rsa') throw new Error(`the key is too small: RSA needs ${SMALLEST_RSA} bits`)
    if (type === 'ec' && details?.namedCurve === 'prime256v1') return { find: key, algorithms: ['ES256'] }
    if (type === 'ed25519') return { find: key, algorithms: ['EdDSA', 'Ed25519'] }
    throw new Error('the key is neither RSA nor P-256 nor Ed25519')
}

function readKey(pem: string): KeyObject {
    try {
        // In an environment variable, line ends are often written as `\\n`.
        return createPublicKey(pem.replaceAll('\\n', '\n'))
    } catch {
        // The message of OpenSSL might show a part of the key.
        throw new Error('the key is no public key in PEM')
    }
}

function keysOfUrl(url: string, cooldown = 30_000): { find: JWTVerifyGetKey; algorithms: string[] } {
    if (!/^https?:/.test(url) || !URL.canParse(url)) throw new Error('jwksUrl: must be an http(s) URL')
    const find = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT, cooldownDuration: cooldown })
    return { find, algorithms: ['RS256', 'ES256', 'EdDSA', 'Ed25519'] }
}

function admission(claims: JWTPayload, accountClaim: string): Admission {
    const { sub, exp } = claims
    const identity = { ...(sub !== undefined && { id: idOf(sub) }), ...accountOf(claims, accountClaim), claims }
    return { identity, ...(exp !== undefined && { expiresAt: exp * 1000 }) }
}

function idOf(sub: unknown): string {
    if (typeof sub !== 'string' || sub === '' || sub.length > MAX_ID || !sub.isWellFormed() || /\p{Cc}/u.test(sub))
        throw unauthorized('the claim sub is no id')
    return sub
}

function accountOf(claims: JWTPayload, path: string): { account?: string } {
    let value: unknown = claims
    for (const name of path.split('.')) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return {}
        value = Reflect.get(value, name)
    }
    return (typeof value === 'string' && value !== '') || typeof value === 'number' ? { account: String(value) } : {}
}

/** 401 if the token is wrong, 503 if its keys cannot be fetched. */
function refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error
    const { JWKSTimeout, JWKSInvalid, JOSEError, JWTExpired } = errors
    if (error instanceof JWTExpired) return unauthorized('the token has expired')
    const own = error instanceof JOSEError && error.code !== JOSEError.code
    if (own && !(error instanceof JWKSTimeout) && !(error instanceof JWKSInvalid)) return unauthorized('the token is not valid')
    return new Refusal(503, 'KEYS_UNAVAILABLE', 'the keys that tokens are checked with cannot be had', {}, error)
}
