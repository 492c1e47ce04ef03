import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { resolve } from 'node:path'
import type { Node, NodeAPI } from 'node-red'
import type * as v from 'valibot'
import { systemClock } from '../../src/clock/index.ts'
import { Outbox, protocols, Reception } from '../../src/devices/index.ts'
import { defineNode, type EndpointNode, foreignTo, SocketworksError, secret, showEndpoint } from '../../src/node-red/index.ts'
import type { Store } from '../../src/store/index.ts'
import {
    type Authenticate,
    anyone,
    barPath,
    byJwt,
    byToken,
    keepListening,
    originRule,
    ownServer,
    type Peer,
    standBy,
    type VerifyClient,
    verifiedBy,
    WsEndpoint,
} from '../../src/ws/index.ts'
import { credentials, DeviceWsEndpointConfig } from './schema.ts'

export type { EndpointNode }

type Config = v.InferOutput<typeof DeviceWsEndpointConfig>
type Secrets = { token?: string; key?: string }

const register = defineNode(
    'device-ws-endpoint',
    DeviceWsEndpointConfig,
    ({ RED, node, config, credentials, closed }) => {
        const protocol = protocols[config.protocol]
        const log = (text: string) => node.warn(text)
        const own = config.port === 0 ? undefined : ownServer(config.path, config.maxConnections)
        const server = own ?? (RED.server as Server | null)
        if (!server) throw new SocketworksError('NO_SERVER', 'this Node-RED has no HTTP server: set a port')
        const path = own ? config.path : fullPath(RED, config.path)
        const endpoint = new WsEndpoint({
            server,
            path,
            subprotocols: protocol.subprotocols ?? { names: [], required: false },
            authenticate: authentication(RED, node, config, credentials, () => own || barPath(server, path, systemClock, closed)),
            ...limits(config, foreignTo(RED, node)),
            clock: systemClock,
            newId: randomUUID,
            log,
        })
        const changed = reporter(node, endpoint)
        if (own) keepListening({ server: own, port: config.port, clock: systemClock, changed, signal: closed })
        const reception = new Reception({ endpoint, protocol, log, signal: closed })
        Object.assign(node, { endpoint, protocol, reception, outbox: outboxes(node.id, endpoint, reception, log) })
        showEndpoint(RED, node, endpoint, closed)
        return {
            async close(removed) {
                await endpoint.close(removed ? 1001 : 1012)
                own?.closeAllConnections()
            },
        }
    },
    { credentials },
)

/** Node-RED's server listens before its flows run: who comes in between would be left waiting for ever. */
export default function deviceWsEndpoint(RED: NodeAPI): void {
    if (RED.server) RED.events.once('flows:started', standBy(RED.server as Server, systemClock))
    register(RED)
}

/** How peers prove who they are. @param bar is called where that is not set up as it should be */
function authentication(RED: NodeAPI, node: Node, config: Config, secrets: Secrets, bar: () => void): Authenticate {
    try {
        return checked(RED, authenticator(RED, node, config, secrets))
    } catch (error) {
        bar()
        throw error
    }
}

/** The one outbox of the endpoint in each store. */
function outboxes(id: string, endpoint: WsEndpoint, reception: Reception, log: (text: string) => void): EndpointNode['outbox'] {
    const made = new WeakMap<Store, Outbox>()
    const write = (peer: Peer, payload: unknown) => reception.protocol(peer).write(payload)
    return (store) => {
        const ready = (signal: AbortSignal) => store.ready(signal)
        const parts = { endpoint, id, write, repository: store.outbox, ready, clock: systemClock, newId: randomUUID, log }
        const outbox = made.get(store) ?? new Outbox(parts)
        made.set(store, outbox)
        return outbox
    }
}

function limits(config: Config, foreign: ReturnType<typeof foreignTo>) {
    const { maxFrame, rate, maxConnections, pingInterval, duplicate, highWater, compression, origins } = config
    const fromHere = originRule(origins, (host) => foreign.isOurs(host))
    return { maxFrame, rate, maxConnections, pingInterval: pingInterval * 1000, duplicate, highWater, compression, fromHere }
}

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

function authenticator(RED: NodeAPI, node: Node, config: Config, { token, key }: Secrets): Authenticate {
    if (config.auth === 'none') return anyone
    if (config.auth === 'token') {
        const wanted = secret(RED, node, token, config.tokenEnv)
        if (!wanted) throw new SocketworksError('BAD_CONFIG', 'no token is set')
        return byToken(wanted)
    }
    const { issuer, audience, accountClaim, jwksUrl } = config
    const pem = pemOf(RED, secret(RED, node, key, config.keyEnv))
    if (!pem && !jwksUrl) throw new SocketworksError('BAD_CONFIG', 'neither a key nor the URL of one is set')
    return byJwt({ key: pem ? { pem } : { url: jwksUrl }, issuer, audience, accountClaim, clock: systemClock })
}

/** A key as it is, or the file that it is in. */
function pemOf({ settings }: NodeAPI, given: string): string {
    if (given === '' || given.includes('-----BEGIN')) return given
    return readFileSync(resolve(settings.userDir || process.cwd(), given), 'utf8')
}
