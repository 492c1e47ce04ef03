import { createPublicKey, createVerify, type KeyObject } from 'node:crypto'

const textOf = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString()

/**
 * Does what `verify` of jsonwebtoken 9 does for RS256 and a key that is given as text: it reads that key for each token. It stands in for
 * that package, which is not installed; what it leaves out are checks of options that nobody sets here.
 */
export function verify(token: string, key: string | KeyObject): { sub?: string; exp?: number } {
    const [head, body, signature] = token.split('.')
    const { alg } = JSON.parse(textOf(head))
    const payload = JSON.parse(textOf(body))
    const read = typeof key === 'string' ? createPublicKey(key) : key
    if (read.asymmetricKeyType !== 'rsa' || alg !== 'RS256') throw new Error('invalid algorithm')
    if (read.asymmetricKeyDetails!.modulusLength! < 2048) throw new Error('the key is too small')
    const isGood = createVerify('RSA-SHA256').update(`${head}.${body}`).verify(read, signature!, 'base64url')
    const now = Math.floor(Date.now() / 1000)
    if (!isGood || payload.nbf > now || now >= payload.exp) throw new Error('invalid token')
    return payload
}
