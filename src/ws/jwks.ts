import { KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors } from 'jose'
import { Refusal } from '../lib/index.ts'
import { unauthorized } from './authentication.ts'
import { type SignatureKey, signatureKey } from './signature.ts'

/** Milliseconds that a request for keys may take: less than an authentication may. */
const FETCH_TIMEOUT = 5000

/** What a token says of the key that it is signed with. */
export type JwsHeader = { alg: string; kid?: string }

/**
 * The keys that an issuer publishes (RFC 7517).
 * @param cooldown milliseconds between two requests for them
 * @returns gives those that a token may be signed with: several if it does not name its key.
 * It throws a {@link Refusal} 401 `UNAUTHORIZED` if there is none, 503 `KEYS_UNAVAILABLE` if they cannot be fetched
 */
export function keysOfUrl(url: string, cooldown = 30_000): (header: JwsHeader) => Promise<SignatureKey[]> {
    if (!/^https?:/.test(url) || !URL.canParse(url)) throw new Error('jwksUrl: must be an http(s) URL')
    const find = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT, cooldownDuration: cooldown })
    const known = new WeakMap<CryptoKey, SignatureKey>()
    const read = (key: CryptoKey) => {
        const own = known.get(key) ?? signatureKey(KeyObject.from(key))
        known.set(key, own)
        return own
    }
    return async (header) => {
        try {
            return (await candidates(find, header)).map(read)
        } catch (error) {
            throw refusalOf(error)
        }
    }
}

async function candidates(find: ReturnType<typeof createRemoteJWKSet>, header: JwsHeader): Promise<CryptoKey[]> {
    try {
        return [await find(header, { payload: '', signature: '' })]
    } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
        const keys: CryptoKey[] = []
        for await (const key of error) keys.push(key)
        return keys
    }
}

function refusalOf(error: unknown): Refusal {
    const { JWKSTimeout, JWKSInvalid, JOSEError } = errors
    const isOfToken = error instanceof JOSEError && error.code !== JOSEError.code
    if (isOfToken && !(error instanceof JWKSTimeout) && !(error instanceof JWKSInvalid)) return unauthorized('the token is not valid')
    return new Refusal(503, 'KEYS_UNAVAILABLE', 'the keys that tokens are checked with cannot be had', {}, error)
}
