import { randomBytes } from 'node:crypto'
import { IncomingMessage, type Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { NodeAPI } from 'node-red'
import { Refusal } from '../lib/index.ts'
import { SocketworksError } from './errors.ts'

/** Resolves if a request may pass. Rejects with a {@link Refusal}: 401 `UNAUTHORIZED`, 503 `PASSWORD_UNCHECKED`. */
export type Ask = (request: IncomingMessage) => Promise<void>

type Next = () => void
type App = {
    use(path: string, handler: (request: IncomingMessage, response: ServerResponse, next: Next) => void): void
    get(name: string): unknown
}

/** Below httpNodeRoot: whoever gets there has got past whatever Node-RED puts in front of its HTTP nodes. */
const INSIDE = '/socketworks/inside'
/** Of a handshake only. */
const HOP = /^(connection|upgrade|sec-websocket-.*|content-length|transfer-encoding|expect)$/

/** What to do once a request that we have sent through the HTTP server has passed its checks. */
const onPassed = new WeakMap<IncomingMessage, () => void>()
/** Those that {@link prepareHttpNode} was called for. */
const preparedApps = new WeakSet<object>()

const appOf = ({ httpNode }: NodeAPI): App | undefined =>
    typeof (httpNode as unknown as App | undefined)?.use === 'function' ? (httpNode as unknown as App) : undefined

/** To be called before flows begin: their *http in* nodes might take any path. */
export function prepareHttpNode(RED: NodeAPI): void {
    const app = appOf(RED)
    if (!app || preparedApps.has(app)) return
    preparedApps.add(app)
    app.use(INSIDE, (request, _response, next) => (onPassed.get(request) ?? next)())
}

/**
 * Asks for what `httpNodeAuth` in Node-RED's settings asks for, be it a password or a function of the administrator's. WebSockets do not pass
 * through it, so that a request with the same headers is sent that way, and never leaves this process.
 * @param failed is told if nobody asks for the password
 * @returns undefined if nothing is set
 * @throws SocketworksError `BAD_CONFIG` if nobody can ask for it
 */
export function httpNodeAuth(RED: NodeAPI, failed: (trouble: string) => void): Ask | undefined {
    const { httpNodeAuth: wanted, httpNodeRoot: root } = RED.settings as { httpNodeAuth?: unknown; httpNodeRoot?: unknown }
    if (!wanted) return undefined
    const server = RED.server as Server | null
    if (!server || !appOf(RED) || root === false) throw unchecked('BAD_CONFIG')
    const path = httpNodePath(RED, INSIDE)
    const ask = (request: IncomingMessage) => passes(server, path, request)
    // Of a function nobody knows what it wants.
    if (typeof wanted === 'function' || Array.isArray(wanted)) return ask
    const checked = isChecked(ask)
    void checked.then((isSo) => isSo || failed(unchecked('').message))
    return async (request) => {
        if (!(await checked)) throw new Refusal(503, 'PASSWORD_UNCHECKED', unchecked('').message)
        if (!request.headers.authorization) throw unauthorized('Basic realm="Authorization Required"')
        return ask(request)
    }
}

const unchecked = (code: string): SocketworksError =>
    new SocketworksError(code, 'httpNodeAuth is set, but nothing here asks for it: have the endpoint ask for a token')

const unauthorized = (challenge: string): Refusal =>
    new Refusal(401, 'UNAUTHORIZED', 'the user name and password of httpNodeAuth are required', { challenge })

/** Whether there is somebody who turns a wrong password away: a program that Node-RED is a part of may have left that out. */
function isChecked(ask: Ask): Promise<boolean> {
    const request = new IncomingMessage(new Socket())
    request.headers.authorization = `Basic ${Buffer.from(`${randomBytes(8).toString('hex')}:x`).toString('base64')}`
    return ask(request).then(
        () => false,
        (error: unknown) => error instanceof Refusal && error.status === 401,
    )
}

function passes(server: Server, path: string, { headers, socket }: IncomingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
        const question = new IncomingMessage(likeness(socket))
        Object.assign(question, { method: 'GET', url: path, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, complete: true })
        question.headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name)))
        question.push(null)
        const answer = new ServerResponse(question)
        answer.end = () => {
            reject(refusalOf(answer))
            return answer
        }
        onPassed.set(question, resolve)
        server.emit('request', question, answer)
    })
}

function refusalOf(answer: ServerResponse): Refusal {
    const { statusCode } = answer
    if (statusCode === 404 || statusCode >= 500) return new Refusal(503, 'PASSWORD_UNCHECKED', unchecked('').message)
    return unauthorized(String(answer.getHeader('www-authenticate') ?? 'Basic'))
}

/** What may be known of a connection, and nothing to end it by. */
function likeness(from: Socket): Socket {
    const like = new Socket()
    const tls = from as unknown as Record<string, unknown>
    for (const name of ['remoteAddress', 'remotePort', 'remoteFamily', 'localAddress', 'localPort', 'encrypted', 'authorized'])
        Object.defineProperty(like, name, { value: tls[name] })
    if (typeof tls.getPeerCertificate === 'function')
        Object.defineProperty(like, 'getPeerCertificate', { value: tls.getPeerCertificate.bind(from) })
    return like
}

/** A path below the same root as those of *http in* nodes. */
export function httpNodePath({ settings }: NodeAPI, path: string): string {
    const root: unknown = settings.httpNodeRoot
    return `${typeof root === 'string' ? root.replace(/\/$/, '') : ''}${path}`
}

/**
 * What the administrator has set in settings.js to decide about WebSockets, if anything; it comes before whatever a flow says.
 * @throws SocketworksError `BAD_CONFIG` if it is no function
 */
export function webSocketVerifier({ settings }: NodeAPI): unknown {
    const { webSocketNodeVerifyClient: verify } = settings as unknown as { webSocketNodeVerifyClient?: unknown }
    if (!verify) return undefined
    if (typeof verify !== 'function') throw new SocketworksError('BAD_CONFIG', 'webSocketNodeVerifyClient in settings.js is no function')
    return verify
}

/**
 * The address that a request comes from: that of its connection, or what proxies say whom `trust proxy` in Node-RED's `httpServerOptions`
 * names.
 */
export function remoteAddress(RED: NodeAPI): (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string {
    const trusts: unknown = appOf(RED)?.get('trust proxy fn')
    return ({ socket, headers }) => {
        const direct = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
        if (typeof trusts !== 'function') return direct
        const told = String(headers['x-forwarded-for'] ?? '').split(',')
        const way = [
            direct,
            ...told
                .map((address) => address.trim())
                .filter((address) => address !== '')
                .reverse(),
        ]
        return way.find((address, hop) => !trusts(address, hop)) ?? way.at(-1)!
    }
}
