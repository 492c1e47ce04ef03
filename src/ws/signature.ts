import { createPublicKey, type KeyObject, verify } from 'node:crypto'

const SMALLEST_RSA = 2048

/** A public key, and the one algorithm that signatures are checked by with it, whatever a token says. */
export interface SignatureKey {
    /** What tokens call the algorithm. */
    readonly algorithms: readonly string[]
    isSignedBy(data: Buffer, signature: Buffer): boolean
}

/** All that any key has. */
export const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519']

/** @throws for a key that is of no such kind, or too small */
export function signatureKey(key: KeyObject): SignatureKey {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
    if (type === 'rsa' && (details?.modulusLength ?? 0) < SMALLEST_RSA)
        throw new Error(`the key is too small: RSA needs ${SMALLEST_RSA} bits`)
    // Synchronously: handing one signature to another thread costs more than checking it.
    if (type === 'rsa') return { algorithms: ['RS256'], isSignedBy: (data, signature) => verify('sha256', data, key, signature) }
    if (type === 'ec' && details?.namedCurve === 'prime256v1') {
        const raw = { key, dsaEncoding: 'ieee-p1363' } as const
        return { algorithms: ['ES256'], isSignedBy: (data, signature) => verify('sha256', data, raw, signature) }
    }
    if (type === 'ed25519') return { algorithms: ['EdDSA', 'Ed25519'], isSignedBy: (data, signature) => verify(null, data, key, signature) }
    throw new Error('the key is neither RSA nor P-256 nor Ed25519')
}

/** @throws for anything but a public key, or a certificate, of a kind that {@link signatureKey} takes */
export function keyOfPem(pem: string): SignatureKey {
    let key: KeyObject
    try {
        // In an environment variable, line ends are often written as `\\n`.
        key = createPublicKey(pem.replaceAll('\\n', '\n'))
    } catch {
        // The message of OpenSSL might show a part of the key.
        throw new Error('the key is no public key in PEM')
    }
    return signatureKey(key)
}
