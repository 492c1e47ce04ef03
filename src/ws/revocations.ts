import { readFile, stat } from 'node:fs/promises'
import { type Clock, messageOf, pause } from '../lib/index.ts'
import { unauthorized } from './authentication.ts'
import type { Admission, Identity, Peer } from './endpoint.ts'

/** Milliseconds between two looks at the file. */
const LOOK = 2000

interface RevocationsOptions {
    /** A text file: in each line the `jti` of a token or the `sub` of a device; what follows a `#` is a comment. It need not exist. */
    file: string
    clock: Clock
    /** Who is connected: those whose token is revoked are sent away. */
    peers: () => Iterable<Pick<Peer, 'identity' | 'close'>>
    log: (text: string) => void
    signal: AbortSignal
}

/** Tokens, and devices, that are not let in any more, although their tokens are right. */
export class Revocations {
    readonly #o: RevocationsOptions
    #revoked: ReadonlySet<string> = new Set()
    #version = ''
    #trouble = ''

    constructor(options: RevocationsOptions) {
        this.#o = options
        void this.#watch()
    }

    /** @throws {@link Refusal} 401 `UNAUTHORIZED` if the token that an admission is for was revoked */
    async checked(admission: Admission): Promise<Admission> {
        await this.#look()
        if (this.#has(admission.identity)) throw unauthorized('the token was revoked')
        return admission
    }

    #has({ id, claims }: Identity): boolean {
        return (id !== undefined && this.#revoked.has(id)) || (typeof claims?.jti === 'string' && this.#revoked.has(claims.jti))
    }

    #sendAway(): void {
        for (const peer of this.#o.peers()) if (this.#has(peer.identity)) peer.close(4403, 'the token was revoked')
    }

    async #watch(): Promise<void> {
        const { clock, signal } = this.#o
        for (; !signal.aborted; await pause(clock, LOOK, signal)) await this.#look()
    }

    /** Reads the file if it is another than before. While it cannot be read, the list of before holds. */
    async #look(): Promise<void> {
        const { file, log } = this.#o
        try {
            const version = await versionOf(file)
            if (version === this.#version) return
            const lines = version === '' ? [] : (await readFile(file, 'utf8')).split('\n')
            this.#revoked = new Set(lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== ''))
            this.#version = version
            this.#trouble = ''
            this.#sendAway()
        } catch (error) {
            const trouble = messageOf(error)
            if (trouble !== this.#trouble)
                log(`the file of revoked tokens cannot be read, and what was read before still holds: ${trouble}`)
            this.#trouble = trouble
        }
    }
}

/** Changes with the file; blank if there is none. */
async function versionOf(file: string): Promise<string> {
    try {
        const { mtimeMs, size, ino } = await stat(file)
        return `${mtimeMs} ${size} ${ino}`
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
        throw error
    }
}
