import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

/** Undefined leaves a claim out. */
type Claims = { [K in keyof JWTPayload]?: JWTPayload[K] | undefined }

/** Whoever hands out JSON Web Tokens, and those who would like to. */
export class Issuer {
    readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    readonly #foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
    /** Unless their claims say otherwise, tokens are good for an hour. Put into each token unless it has claims of these names. */
    readonly #claims: JWTPayload
    #server: Server | undefined
    /** How often its keys were asked for. */
    asked = 0

    constructor(claims: JWTPayload = {}) {
        this.#claims = claims
    }

    /** The public key. */
    get pem(): string {
        return pemOf(this.#keys.publicKey)
    }

    token(claims: Claims = {}): Promise<string> {
        return this.#sign(claims, this.#keys.privateKey)
    }

    /** Tokens that nobody may be let in with, by what is wrong with them. */
    async forged(claims: JWTPayload): Promise<Record<string, string>> {
        const all = { ...this.#claims, ...claims }
        const past = Math.floor(Date.now() / 1000) - 10
        const head = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')
        const signed = `${head}.${Buffer.from(JSON.stringify(all)).toString('base64url')}`
        const good = await this.token(claims)
        const [, body, signature] = good.split('.')
        return {
            'it has expired': await this.token({ ...claims, exp: past }),
            'it is not valid yet': await this.token({ ...claims, nbf: past + 3600 }),
            'it is signed with a foreign key': await this.#sign(claims, this.#foreign.privateKey),
            'it is not signed': new UnsecuredJWT(all).encode(),
            'its signature was left out': `${good.slice(0, good.lastIndexOf('.'))}.`,
            'its head says that none is needed': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.${signature}`,
            'the public key was its secret': `${signed}.${createHmac('sha256', this.pem).update(signed).digest('base64url')}`,
            'it is no token': 'sesame',
        }
    }

    /** Publishes its keys. @returns where */
    async publish(): Promise<string> {
        const jwk = { ...(await exportJWK(this.#keys.publicKey)), kid: 'k1', use: 'sig' }
        this.#server = createServer((_request, response) => {
            this.asked++
            response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
        })
        await once(this.#server.listen(0, '127.0.0.1'), 'listening')
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`
    }

    async close(): Promise<void> {
        this.#server?.closeAllConnections()
        if (this.#server) await once(this.#server.close(), 'close')
    }

    #sign(claims: Claims, key: KeyObject): Promise<string> {
        const exp = Math.floor(Date.now() / 1000) + 3600
        return new SignJWT({ exp, ...this.#claims, ...claims } as JWTPayload).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key)
    }
}
