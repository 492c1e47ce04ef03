import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { resolve } from 'node:path'
import type { NodeAPI, NodeDef } from 'node-red'
import * as v from 'valibot'
import { channelsOf, channelsProtocol } from '../../src/channels/index.ts'
import { commandsOf } from '../../src/commands/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { heartbeat } from '../../src/mqtt/index.ts'
import {
    configNode,
    defineNode,
    flowsStarted,
    type Handlers,
    httpNodeAuth,
    httpNodePath,
    liveStatus,
    offer,
    originPolicyOf,
    prepareHttpNode,
    remoteAddress,
    type Setup,
    SocketworksError,
    secret,
    troubleReporter,
    webSocketVerifier,
} from '../../src/node-red/index.ts'
import { outboxesOf, type Protocol, protocols, Sessions } from '../../src/peers/index.ts'
import { withViews } from '../../src/views/index.ts'
import {
    anyone,
    keepEarly,
    keepListening,
    originRule,
    ownServer,
    type PeerAuthentication,
    type Proof,
    peerAuthentication,
    Revocations,
    refusePath,
    type VerifyClient,
    verifiedBy,
    WsEndpoint,
} from '../../src/ws/index.ts'
import type { BrokerNode } from '../broker-config/client.ts'
import type { StoreNode } from '../store-config/client.ts'
import { type EndpointNode, peerOf, statusOf } from './client.ts'
import { credentials, DeviceWsEndpointConfig } from './schema.ts'

type Context = Setup<typeof DeviceWsEndpointConfig, 'token' | 'key'>

/** What the seed's server says of itself. */
const HEARTBEAT = 'websocket-server'

function setup(context: Context): Handlers {
    const { RED, node, config, closed } = context
    const protocol = protocolOf(context)
    const own = config.port === 0 ? undefined : ownServer(config.path, config.maxConnections)
    const server = own ?? (RED.server as Server | null)
    if (!server) throw new SocketworksError('NO_SERVER', 'this Node-RED has no HTTP server: set a port')
    const common = { clock: systemClock, newId: randomUUID, log: (text: string) => node.warn(text) }
    const { authenticate, check } = authenticationOf(context, protocol, () => endpoint)
    const inHandshake = protocol.tokenInFrame ? anyone : authenticate
    const verify = webSocketVerifier(RED) as VerifyClient | undefined
    const endpoint = new WsEndpoint({
        ...config,
        ...common,
        server,
        path: own ? config.path : httpNodePath(RED, config.path),
        pingInterval: config.pingInterval * 1000,
        ready: flowsStarted(RED, closed),
        subprotocols: protocol.subprotocols ?? { names: [], required: false },
        authenticate: verify ? verifiedBy(verify, inHandshake) : inHandshake,
        idInAddress: !protocol.tokenInFrame,
        idWithin: protocol.idWithin,
        badFrame: protocol.badFrame,
        isAllowedOrigin: originsOf(context, protocol.pages),
    })
    const report = troubleReporter(node, 'CANNOT_LISTEN')
    const changed = (trouble: string | undefined) => {
        endpoint.fail(trouble)
        report(trouble)
    }
    if (own) keepListening({ server: own, port: config.port, host: config.host, clock: systemClock, changed, signal: closed })
    const sessions = new Sessions({ endpoint, protocol, check, log: common.log, signal: closed })
    const statusSource = statusOf(RED, endpoint)
    const kept = { endpoint, id: node.id, sessions, ...common }
    const commands = commandsOf({ ...kept, jitter: config.jitter * 1000, random: Math.random, ready: flowsStarted(RED, closed) })
    offer<EndpointNode>(node, { endpoint, sessions, auth: config.auth, outbox: outboxesOf(kept), commands, check, statusSource })
    liveStatus(node, closed, statusSource)
    beat(context)
    return {
        async close(removed) {
            await endpoint.close(removed ? 1001 : 1012)
            own?.closeAllConnections()
        },
    }
}

const register = defineNode('device-ws-endpoint', DeviceWsEndpointConfig, setup, { credentials, failed: turnBack })

/** Node-RED's server listens before its flows run: requests that come in between are kept. */
export default function deviceWsEndpoint(RED: NodeAPI): void {
    prepareHttpNode(RED)
    if (RED.server) RED.events.once('flows:started', keepEarly(RED.server as Server, systemClock))
    register(RED)
}

/** Refuses requests for the path of an endpoint with wrong settings, which would wait for ever otherwise. */
function turnBack(RED: NodeAPI, def: NodeDef, closed: AbortSignal): void {
    const { port, path } = def as NodeDef & { port?: unknown; path?: unknown }
    const read = v.safeParse(DeviceWsEndpointConfig.entries.path, path)
    if (!RED.server || !read.success || Number(port) > 0) return
    try {
        refusePath(RED.server as Server, httpNodePath(RED, read.output), systemClock, closed)
    } catch {
        // Another endpoint has the path, and answers.
    }
}

function protocolOf({ RED, node, config }: Context): Protocol {
    if (config.protocol !== 'channels') return withViews(protocols[config.protocol])
    if (config.store === '') throw new SocketworksError('BAD_CONFIG', 'no store is chosen: channels are kept in one')
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const channels = channelsOf(store, { bus, clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) })
    return channelsProtocol({ channels, rules: config, peerOf: (peer) => peerOf(node.id, peer) })
}

/** The rule for origins, where a foreign page could make a browser connect: a page that has a token is not foreign. */
function originsOf({ RED, node, config }: Context, pages: 'always' | 'listed' | undefined) {
    const isForPages = config.auth === 'none' || pages === 'always' || (pages === 'listed' && config.origins !== '')
    if (!isForPages) return () => true
    const policy = originPolicyOf(RED, node)
    return originRule(
        config.origins,
        (host) => policy.isOwnHost(host),
        (text) => node.warn(text),
    )
}

function proofOf({ RED, node, config, credentials: { token, key } }: Context, protocol: Protocol): Proof {
    const { auth, issuer, audience, accountClaim, jwksUrl, lasting } = config
    if (auth === 'none') return { kind: auth }
    if (auth === 'token') {
        const wanted = secret(RED, node, token, config.tokenEnv)
        if (!wanted) throw new SocketworksError('BAD_CONFIG', 'no token is set')
        return { kind: auth, token: wanted }
    }
    const pem = pemOf(RED, secret(RED, node, key, config.keyEnv) || (jwksUrl === '' && protocol.keyFile) || '')
    if (!pem && !jwksUrl) throw new SocketworksError('BAD_CONFIG', 'neither a key nor the URL of one is set')
    return {
        kind: auth,
        key: pem ? { pem } : { url: jwksUrl },
        issuer,
        audience,
        accountClaim: accountClaim || protocol.accountClaim || 'account',
        lasting,
    }
}

function authenticationOf(context: Context, protocol: Protocol, endpoint: () => WsEndpoint): PeerAuthentication {
    const { RED, config, closed: signal } = context
    const ask = config.auth === 'none' ? httpNodeAuth(RED, (trouble) => endpoint().fail(trouble)) : undefined
    const revocations = revocationsOf(context, endpoint)
    const proof = proofOf(context, protocol)
    return peerAuthentication({ proof, ask, revocations, remote: remoteAddress(RED), clock: systemClock, signal })
}

/** The list of revoked tokens, if there is one. */
function revocationsOf({ RED, node, config, closed }: Context, endpoint: () => WsEndpoint): Revocations | undefined {
    if (config.revoked === '') return undefined
    const log = (text: string) => node.warn(text)
    const peers = () => endpoint().peers.values()
    return new Revocations({ file: inUserDir(RED, config.revoked), clock: systemClock, peers, log, signal: closed })
}

/** Tells on MQTT that the endpoint is alive. */
function beat({ RED, config, closed }: Context): void {
    if (!config.broker) return
    const { broker } = configNode<BrokerNode>(RED, config.broker)
    const every = config.heartbeatInterval * 1000
    heartbeat({ broker, topic: config.heartbeatTopic, payload: HEARTBEAT, every, clock: systemClock, signal: closed })
}

const inUserDir = ({ settings }: NodeAPI, path: string): string => resolve(settings.userDir || process.cwd(), path)

/** A key in PEM, or the file that contains it. */
function pemOf(RED: NodeAPI, given: string): string {
    if (given === '' || given.includes('-----BEGIN')) return given
    return readFileSync(inUserDir(RED, given), 'utf8')
}
