import type { IncomingMessage } from 'node:http'
import { Refusal } from '../lib/index.ts'
import { type Authenticate, unauthorized } from './authentication.ts'

/** What a {@link VerifyClient} is told of a handshake. */
interface ClientInfo {
    /** The value of the header Origin. */
    origin: string | undefined
    req: IncomingMessage
    /** Whether it came by TLS. */
    secure: boolean
}

type Answer = (info: ClientInfo) => unknown
type Verdict = (result: unknown, code?: unknown, reason?: unknown) => void

/**
 * A function as `ws` takes it for `verifyClient` (https://github.com/websockets/ws/blob/master/doc/ws.md): one with two parameters calls
 * back, any other gives whether the client may come in.
 */
export type VerifyClient = (info: ClientInfo, callback: Verdict) => unknown

/** Authenticates after a function of the administrator has agreed. */
export function verifiedBy(verify: VerifyClient, authenticate: Authenticate): Authenticate {
    return async (request) => {
        await (verify.length === 2 ? calling(verify, infoOf(request)) : asking(verify as Answer, infoOf(request)))
        return authenticate(request)
    }
}

function infoOf(req: IncomingMessage): ClientInfo {
    const { authorized, encrypted } = req.socket as { authorized?: boolean; encrypted?: boolean }
    return { origin: req.headers.origin, secure: Boolean(authorized || encrypted), req }
}

/** Unlike `ws`, for which a promise is truthy, this waits for what an async function resolves to. */
async function asking(verify: Answer, info: ClientInfo): Promise<void> {
    if (!(await verify(info))) throw refusal()
}

function calling(verify: VerifyClient, info: ClientInfo): Promise<void> {
    return new Promise((resolve, reject) => {
        const verdict: Verdict = (result, code, reason) => (result ? resolve() : reject(refusal(code, reason)))
        // An async function may reject without calling back.
        Promise.resolve(verify(info, verdict)).catch(reject)
    })
}

function refusal(code?: unknown, reason?: unknown): Refusal {
    const text = typeof reason === 'string' && reason !== '' ? reason : 'the connection is not allowed'
    const isOther = Number.isInteger(code) && code !== 401 && Number(code) >= 400 && Number(code) < 600
    return isOther ? new Refusal(Number(code), `HTTP_${code}`, text) : unauthorized(text)
}
