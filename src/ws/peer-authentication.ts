import type { IncomingMessage } from 'node:http'
import type { Clock } from '../lib/index.ts'
import { type Authenticate, anyone, byAsking, byBearer, checkSecret, type TokenCheck } from './authentication.ts'
import type { Admission, HandshakeHead } from './endpoint.ts'
import { GuessLimiter } from './guesses.ts'
import { checkJwt, type JwtOptions } from './jwt.ts'
import type { Revocations } from './revocations.ts'

/** How peers authenticate: not at all, by a token that all share, or by a JSON Web Token each. */
export type Proof = { kind: 'none' } | { kind: 'token'; token: string } | ({ kind: 'jwt' } & Omit<JwtOptions, 'clock'>)

interface PeerAuthenticationOptions {
    proof: Proof
    /** Checks what the HTTP server asks for, where peers have no token. @throws {@link Refusal} */
    ask: ((request: IncomingMessage) => Promise<void>) | undefined
    /** The address that a request comes from. */
    remote(request: HandshakeHead): string
    /** Tokens that are not to be let in any more, if there is a list of them. */
    revocations: Pick<Revocations, 'checked'> | undefined
    clock: Clock
    signal: AbortSignal
}

/** Authenticates peers in the handshake or, where the protocol has it so, by a token in a frame. */
export interface PeerAuthentication {
    authenticate: Authenticate
    /** @param from its request is undefined if the token came without one */
    check(token: string, from: { request: HandshakeHead | undefined }): Admission | Promise<Admission>
}

/** Characters from which on a token cannot be found by trying. */
const LONG_ENOUGH = 16

export function peerAuthentication({ proof, ask, remote, revocations, clock, signal }: PeerAuthenticationOptions): PeerAuthentication {
    const guesses = (guessable: boolean) => new GuessLimiter({ guessable, remote, clock, signal })
    if (proof.kind === 'none') return { authenticate: ask ? guesses(true).limited(byAsking(ask)) : anyone, check: () => ({ identity: {} }) }
    const right: TokenCheck = proof.kind === 'token' ? checkSecret(proof.token) : checkJwt({ ...proof, clock })
    const check: TokenCheck = revocations ? async (token) => revocations.checked(await right(token)) : right
    const limiter = guesses(proof.kind === 'token' && proof.token.length < LONG_ENOUGH)
    return {
        authenticate: limiter.limited(byBearer(check)),
        check: (token, { request }) => limiter.limit(token, request, () => check(token)),
    }
}
