import { hash } from 'node:crypto'
import { type Clock, dropOldest } from '../lib/index.ts'
import { type TokenCheck, unauthorized } from './authentication.ts'
import type { Admission } from './endpoint.ts'
import { IssuerKeys, type JwsHeader } from './jwks.ts'
import { ALGORITHMS, keyOfPem, type SignatureKey } from './signature.ts'

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

type Claims = Readonly<Record<string, unknown>>

/** A token whose signature was not checked yet. */
interface Signed {
    header: JwsHeader
    /** What the signature is of. */
    data: Buffer
    payload: string
    signature: Buffer
}

const MAX_ID = 256
/** Tokens whose signatures need not be checked again, and the longest of them. */
const MAX_KNOWN = 10_000
const MAX_KNOWN_LENGTH = 2048

/**
 * Checks JSON Web Tokens (RFC 7519) that are signed with a key of the issuer's; the claim `sub` tells who the peer is. Which algorithm a
 * signature is checked by depends on the key alone, never on the token.
 */
export function checkJwt(options: JwtOptions): TokenCheck {
    const { key, clock } = options
    const tokens = new Tokens(options)
    if ('url' in key) {
        const keys = new IssuerKeys({ url: key.url, clock, cooldown: options.cooldown })
        return async (token) => inTime(tokens.checked(token, await keys.of(read(token).header)), clock)
    }
    const keys = [keyOfPem(key.pem)]
    return (token) => inTime(tokens.checked(token, keys), clock)
}

/** What a token is good for, and when. */
interface Checked {
    /** What it is signed with. */
    key: SignatureKey
    admission: Admission
    /** Seconds since 1970. */
    notBefore: number
    expires: number
}

/** Checks tokens, and remembers those that were right: devices show the same token whenever they connect, and callers with each request. */
class Tokens {
    readonly #o: JwtOptions
    readonly #account: readonly string[]
    /** By the digest of the token, which is not kept itself. */
    readonly #known = new Map<string, Checked>()

    constructor(options: JwtOptions) {
        this.#o = options
        this.#account = options.accountClaim.split('.')
    }

    /** Checks all but the time. @param keys that the token may be signed with now @throws {@link Refusal} 401 `UNAUTHORIZED` */
    checked(token: string, keys: readonly SignatureKey[]): Checked {
        const digest = token.length > MAX_KNOWN_LENGTH ? undefined : hash('sha256', token, 'base64')
        const known = digest && this.#known.get(digest)
        if (known && keys.includes(known.key)) return known
        const checked = this.#check(read(token), keys)
        if (digest) {
            this.#known.set(digest, checked)
            dropOldest(this.#known, MAX_KNOWN)
        }
        return checked
    }

    #check({ header, data, payload, signature }: Signed, keys: readonly SignatureKey[]): Checked {
        const { issuer, audience, lasting } = this.#o
        const key = keys.find((one) => one.algorithms.includes(header.alg) && one.isSignedBy(data, signature))
        const claims = key && objectOf(payload)
        if (!claims) throw invalid()
        const { iss, aud, sub } = claims
        if (issuer !== '' && iss !== issuer) throw invalid()
        if (audience !== '' && ![aud].flat().includes(audience)) throw invalid()
        const [nbf, exp] = ['nbf', 'exp', 'iat'].map((name) => timeOf(claims[name]))
        if (exp === undefined && !lasting) throw unauthorized('the token must have a time at which it expires (exp)')
        const identity = { ...(sub !== undefined && { id: idOf(sub) }), ...accountOf(claims, this.#account), claims: Object.freeze(claims) }
        const admission = { identity, ...(exp !== undefined && { expiresAt: exp * 1000 }) }
        return { key, admission, notBefore: nbf ?? 0, expires: exp ?? Number.POSITIVE_INFINITY }
    }
}

function inTime({ admission, notBefore, expires }: Checked, clock: Clock): Admission {
    const now = Math.floor(clock.now() / 1000)
    if (notBefore > now) throw invalid()
    if (expires <= now) throw unauthorized('the token has expired')
    return admission
}

const invalid = () => unauthorized('the token is not valid')

function read(token: string): Signed {
    const [, head = '', payload = '', signature = ''] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? []
    const { alg, kid, crit } = objectOf(head) ?? {}
    // An extension that a token calls critical must be understood, and none is here.
    if (typeof alg !== 'string' || !ALGORITHMS.includes(alg) || crit !== undefined) throw invalid()
    return {
        header: { alg, ...(typeof kid === 'string' && { kid }) },
        data: Buffer.from(`${head}.${payload}`),
        payload,
        signature: Buffer.from(signature, 'base64url'),
    }
}

function objectOf(part: string): Claims | undefined {
    try {
        const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
    } catch {
        return undefined
    }
}

/** A claim in seconds since 1970. */
function timeOf(claim: unknown): number | undefined {
    if (claim === undefined || (typeof claim === 'number' && Number.isFinite(claim))) return claim
    throw invalid()
}

function idOf(sub: unknown): string {
    if (typeof sub !== 'string' || sub === '' || sub.length > MAX_ID || !sub.isWellFormed() || /\p{Cc}/u.test(sub))
        throw unauthorized('the claim sub is no id')
    return sub
}

function accountOf(claims: Claims, path: readonly string[]): { account?: string } {
    let value: unknown = claims
    for (const name of path) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return {}
        value = Reflect.get(value, name)
    }
    return (typeof value === 'string' && value !== '') || typeof value === 'number' ? { account: String(value) } : {}
}
