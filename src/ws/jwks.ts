import { KeyObject } from 'node:crypto'
import { createLocalJWKSet, errors } from 'jose'
import { type Clock, Refusal } from '../lib/index.ts'
import { unauthorized } from './authentication.ts'
import { type SignatureKey, signatureKey } from './signature.ts'

/** Milliseconds that a request for keys may take: less than an authentication may. */
const FETCH_TIMEOUT = 5000
/** Milliseconds after which keys are asked for anew, and for which they are used where that fails. */
const FRESH = 600_000
const USABLE = 3_600_000
/** Milliseconds between two requests where the first has failed. */
const FAILED_COOLDOWN = 5000

/** Bytes of the keys of an issuer. */
const MOST = 1_048_576

/** What a token says of the key that it is signed with. */
export type JwsHeader = { alg: string; kid?: string }

interface IssuerKeysOptions {
    url: string
    clock: Clock
    /** Milliseconds between two requests for the keys. @defaultValue 30 seconds */
    cooldown: number | undefined
}

/** The keys that an issuer publishes (RFC 7517). They are asked for one request at a time, and seldom, however many tokens come. */
export class IssuerKeys {
    readonly #url: URL
    readonly #clock: Clock
    readonly #cooldown: number
    readonly #read = new WeakMap<CryptoKey, SignatureKey>()
    #find: ReturnType<typeof createLocalJWKSet> | undefined
    /** What the issuer has published last, and when. */
    #text = ''
    #since = Number.NEGATIVE_INFINITY
    #asking: Promise<void> | undefined
    #notBefore = Number.NEGATIVE_INFINITY
    /** Why they could not be had the last time. */
    #failure: unknown

    constructor({ url, clock, cooldown = 30_000 }: IssuerKeysOptions) {
        if (!/^https?:/.test(url) || !URL.canParse(url)) throw new Error('jwksUrl: must be an http(s) URL')
        this.#url = new URL(url)
        this.#clock = clock
        this.#cooldown = cooldown
    }

    /**
     * Gives those that a token may be signed with: several if it does not name its key.
     * @throws {@link Refusal} 401 `UNAUTHORIZED` if there is none, 503 `KEYS_UNAVAILABLE` if they cannot be fetched
     */
    async of(header: JwsHeader): Promise<SignatureKey[]> {
        const age = this.#clock.monotonic() - this.#since
        if (age > USABLE) await this.#ask()
        // Nobody has to wait for newer keys as long as the old ones may be used.
        else if (age > FRESH) void this.#ask()
        if (!this.#find || this.#clock.monotonic() - this.#since > USABLE) throw unavailable(this.#failure)
        const known = await this.#candidates(header)
        if (known) return known
        // It may be new.
        await this.#ask()
        const found = await this.#candidates(header)
        if (found) return found
        throw this.#failure === undefined ? unauthorized('the token is not valid') : unavailable(this.#failure)
    }

    /** Asks for the keys, unless that was done just now. It never rejects. */
    #ask(): Promise<void> {
        if (!this.#asking && this.#clock.monotonic() >= this.#notBefore) {
            this.#asking = this.#fetch().finally(() => {
                this.#asking = undefined
            })
        }
        return this.#asking ?? Promise.resolve()
    }

    async #fetch(): Promise<void> {
        let cooldown = this.#cooldown
        try {
            const headers = { accept: 'application/json, application/jwk-set+json' }
            const answer = await fetch(this.#url, { headers, redirect: 'manual', signal: AbortSignal.timeout(FETCH_TIMEOUT) })
            if (answer.status !== 200) throw new Error(`the issuer answers ${answer.status}`)
            const text = await textOf(answer)
            // The same keys as before need not be read again.
            if (text !== this.#text || !this.#find) this.#find = createLocalJWKSet(JSON.parse(text))
            this.#text = text
            this.#since = this.#clock.monotonic()
            this.#failure = undefined
        } catch (error) {
            this.#failure = error
            cooldown = Math.min(cooldown, FAILED_COOLDOWN)
        }
        this.#notBefore = this.#clock.monotonic() + cooldown
    }

    /** @returns undefined if there is none */
    async #candidates(header: JwsHeader): Promise<SignatureKey[] | undefined> {
        try {
            return [this.#keyOf(await this.#find!(header, { payload: '', signature: '' }))]
        } catch (error) {
            if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) return undefined
            if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw unavailable(error)
            const keys: SignatureKey[] = []
            for await (const key of error) keys.push(this.#keyOf(key))
            return keys
        }
    }

    #keyOf(key: CryptoKey): SignatureKey {
        const known = this.#read.get(key) ?? signatureKey(KeyObject.from(key))
        this.#read.set(key, known)
        return known
    }
}

const unavailable = (cause: unknown): Refusal =>
    new Refusal(503, 'KEYS_UNAVAILABLE', 'the keys that tokens are checked with cannot be had', {}, cause)

/** Whoever answers in the issuer's place must not fill the memory. */
async function textOf({ body }: Response): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body ?? []) {
        bytes += chunk.length
        if (bytes > MOST) throw new Error(`the issuer answers with more than ${MOST} bytes`)
        chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
}
