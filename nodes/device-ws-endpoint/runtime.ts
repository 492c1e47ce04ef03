import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { resolve } from 'node:path'
import type { Node, NodeAPI, NodeDef } from 'node-red'
import * as v from 'valibot'
import { pause, systemClock } from '../../src/lib/index.ts'
import {
    defineNode,
    foreignTo,
    httpNodeAuth,
    liveStatus,
    prepareHttpNode,
    remoteAddress,
    SocketworksError,
    secret,
    surroundings,
} from '../../src/node-red/index.ts'
import { Outbox, type Protocol, protocols, Sessions } from '../../src/peers/index.ts'
import type { Store } from '../../src/stores.ts'
import { withViews } from '../../src/views/index.ts'
import {
    type Authenticate,
    anyone,
    byAsking,
    byBearer,
    checkJwt,
    checkSecret,
    GuessLimiter,
    keepEarly,
    keepListening,
    originRule,
    ownServer,
    type Peer,
    refusePath,
    type TokenCheck,
    type VerifyClient,
    verifiedBy,
    WsEndpoint,
} from '../../src/ws/index.ts'
import { type EndpointNode, statusOf } from './client.ts'
import { credentials, DeviceWsEndpointConfig } from './schema.ts'

type Config = v.InferOutput<typeof DeviceWsEndpointConfig>
type Secrets = { token?: string; key?: string }

const register = defineNode(
    'device-ws-endpoint',
    DeviceWsEndpointConfig,
    ({ RED, node, config, credentials, closed }) => {
        const protocol = withViews(protocols[config.protocol])
        const log = (text: string) => node.warn(text)
        const own = config.port === 0 ? undefined : ownServer(config.path, config.maxConnections)
        const server = own ?? (RED.server as Server | null)
        if (!server) throw new SocketworksError('NO_SERVER', 'this Node-RED has no HTTP server: set a port')
        const path = own ? config.path : fullPath(RED, config.path)
        const { authenticate, check } = authentication({ RED, node, config, credentials, closed }, (trouble) => endpoint.fail(trouble))
        const endpoint = new WsEndpoint({
            server,
            path,
            ready: flowsStarted(RED, closed),
            subprotocols: protocol.subprotocols ?? { names: [], required: false },
            authenticate: checked(RED, protocol.tokenInFrame ? anyone : authenticate),
            idInAddress: !protocol.tokenInFrame,
            ...limits(config, protocol, foreignTo(RED, node), log),
            clock: systemClock,
            newId: randomUUID,
            log,
        })
        const changed = reporter(node, endpoint)
        if (own) keepListening({ server: own, port: config.port, host: config.host, clock: systemClock, changed, signal: closed })
        const sessions = new Sessions({ endpoint, protocol, check, log, signal: closed })
        const statusSource = statusOf(RED, endpoint)
        Object.assign(node, { endpoint, sessions, outbox: outboxes(node.id, endpoint, sessions, log), statusSource })
        liveStatus(node, closed, statusSource)
        return {
            async close(removed) {
                await endpoint.close(removed ? 1001 : 1012)
                own?.closeAllConnections()
            },
        }
    },
    { credentials, failed: turnBack },
)

/** Node-RED's server listens before its flows run: who comes in between would be left waiting for ever. */
export default function deviceWsEndpoint(RED: NodeAPI): void {
    prepareHttpNode(RED)
    if (RED.server) RED.events.once('flows:started', keepEarly(RED.server as Server, systemClock))
    register(RED)
}

/** Milliseconds after which peers are let in although Node-RED has not said that its flows run. */
const MAX_START = 10_000

/** Nodes are made one after the other: what a peer says before those are there that it is meant for would be lost. */
function flowsStarted(RED: NodeAPI, closed: AbortSignal): Promise<void> {
    const started = new AbortController()
    surroundings(RED).onDeployed(() => started.abort(), closed)
    return pause(systemClock, MAX_START, AbortSignal.any([started.signal, closed]))
}

/** Where an endpoint would be that is not set up as it should be, nobody is let in, nor left waiting. */
function turnBack(RED: NodeAPI, def: NodeDef, closed: AbortSignal): void {
    const { port, path } = def as NodeDef & { port?: unknown; path?: unknown }
    const read = v.safeParse(DeviceWsEndpointConfig.entries.path, path)
    if (!RED.server || !read.success || Number(port) > 0) return
    try {
        refusePath(RED.server as Server, fullPath(RED, read.output), systemClock, closed)
    } catch {
        // Another endpoint has the path, and answers.
    }
}

/** The one outbox of the endpoint in each store. */
function outboxes(id: string, endpoint: WsEndpoint, sessions: Sessions, log: (text: string) => void): EndpointNode['outbox'] {
    const made = new WeakMap<Store, Outbox>()
    const write = (peer: Peer, payload: unknown) => sessions.of(peer).encode(payload)
    return (store) => {
        const ready = (signal: AbortSignal) => store.ready(signal)
        const parts = { endpoint, id, write, repository: store.outbox, ready, clock: systemClock, newId: randomUUID, log }
        const outbox = made.get(store) ?? new Outbox(parts)
        made.set(store, outbox)
        return outbox
    }
}

function limits(config: Config, protocol: Protocol, foreign: ReturnType<typeof foreignTo>, log: (text: string) => void) {
    const { maxFrame, rate, maxConnections, pingInterval, duplicate, highWater, compression, origins } = config
    const isAllowedOrigin = isForPages(config, protocol) ? originRule(origins, (host) => foreign.isOurs(host), log) : () => true
    return { maxFrame, rate, maxConnections, pingInterval: pingInterval * 1000, duplicate, highWater, compression, isAllowedOrigin }
}

/** Whether a foreign page could make a browser connect: one that shows a token has it from its owner. */
const isForPages = ({ auth, origins }: Config, { pages }: Protocol): boolean =>
    auth === 'none' || pages === 'always' || (pages === 'listed' && origins !== '')

/** Below the same root as the paths of *http in* nodes. */
function fullPath({ settings }: NodeAPI, path: string): string {
    const root: unknown = settings.httpNodeRoot
    return `${typeof root === 'string' ? root.replace(/\/$/, '') : ''}${path}`
}

/** Shows trouble with the port, and reports it once, so that flows can catch it. */
function reporter(node: Node, endpoint: WsEndpoint): (trouble: string | undefined) => void {
    let reported = false
    return (trouble) => {
        endpoint.fail(trouble)
        if (trouble !== undefined && !reported) node.error(new SocketworksError('CANNOT_LISTEN', trouble), {})
        reported = trouble !== undefined
    }
}

/** As websocket nodes of the core do: what the administrator has set up in settings.js comes before whatever a flow says. */
function checked({ settings }: NodeAPI, authenticate: Authenticate): Authenticate {
    const { webSocketNodeVerifyClient: verify } = settings as unknown as { webSocketNodeVerifyClient?: unknown }
    if (!verify) return authenticate
    if (typeof verify !== 'function') throw new SocketworksError('BAD_CONFIG', 'webSocketNodeVerifyClient in settings.js is no function')
    return verifiedBy(verify as VerifyClient, authenticate)
}

interface Context {
    RED: NodeAPI
    node: Node
    config: Config
    credentials: Secrets
    closed: AbortSignal
}

/** Characters from which on nobody finds a token by trying. */
const LONG_ENOUGH = 16

/** How peers show who they are, in the handshake and, where the protocol has it so, in a frame. */
interface Authentication {
    authenticate: Authenticate
    check: (token: string, peer: Peer) => ReturnType<TokenCheck>
}

/** Where the endpoint asks for nothing, peers show what Node-RED's HTTP nodes ask for. */
function authentication(context: Context, failed: (trouble: string) => void): Authentication {
    const { RED, config, closed } = context
    const guesses = (guessable: boolean) => new GuessLimiter({ guessable, remote: remoteAddress(RED), clock: systemClock, signal: closed })
    if (config.auth === 'none') {
        const ask = httpNodeAuth(RED, failed)
        return { authenticate: ask ? guesses(true).limited(byAsking(ask)) : anyone, check: () => ({ identity: {} }) }
    }
    const { check, guessable } = tokenCheck(context)
    const limiter = guesses(guessable)
    return {
        authenticate: limiter.limited(byBearer(check)),
        check: (token, { request }) => limiter.limit(token, request, () => check(token)),
    }
}

function tokenCheck({ RED, node, config, credentials: { token, key } }: Context): { check: TokenCheck; guessable: boolean } {
    if (config.auth === 'token') {
        const wanted = secret(RED, node, token, config.tokenEnv)
        if (!wanted) throw new SocketworksError('BAD_CONFIG', 'no token is set')
        return { check: checkSecret(wanted), guessable: wanted.length < LONG_ENOUGH }
    }
    const { issuer, audience, accountClaim, jwksUrl, lasting } = config
    const pem = pemOf(RED, secret(RED, node, key, config.keyEnv))
    if (!pem && !jwksUrl) throw new SocketworksError('BAD_CONFIG', 'neither a key nor the URL of one is set')
    const source = pem ? { pem } : { url: jwksUrl }
    return { check: checkJwt({ key: source, issuer, audience, accountClaim, lasting, clock: systemClock }), guessable: false }
}

/** A key as it is, or the file that it is in. */
function pemOf({ settings }: NodeAPI, given: string): string {
    if (given === '' || given.includes('-----BEGIN')) return given
    return readFileSync(resolve(settings.userDir || process.cwd(), given), 'utf8')
}
