import {
    checked,
    choice,
    duration,
    flag,
    int,
    list,
    number,
    optionalNode,
    settings,
    size,
    text,
    topic,
    variable,
} from '../../src/node-red/fields.ts'
import { protocolNames } from '../../src/peers/protocols/names.ts'

const isPath = (value: string) => /^\/[^\s?#]*$/.test(value)
const isUrl = (value: string) => value === '' || (/^https?:\/\//i.test(value) && URL.canParse(value))

export const DeviceWsEndpointConfig = settings({
    name: text(),
    /** Below Node-RED's httpNodeRoot, or of its own port. */
    path: checked(text('/devices'), isPath, 'must begin with /'),
    protocol: choice(...protocolNames),
    /** Of the channels, where these are the protocol. */
    store: optionalNode('socketworks-store-config'),
    /** Channels that peers may subscribe to, and publish on. */
    subscribe: list('*', isRule, 'must be channels such as alarms/*, separated by commas; @role after one is for that role only'),
    publish: list('*', isRule, 'must be channels such as alarms/*, separated by commas; @role after one is for that role only'),
    auth: choice('none', 'token', 'jwt'),
    tokenEnv: variable('token', 'DEVICE_TOKEN'),
    keyEnv: variable('key', 'DEVICE_PUBLIC_KEY'),
    /** The URL of the keys of the issuer, instead of a key. */
    jwksUrl: checked(text(), isUrl, 'must be an http(s) URL'),
    issuer: text(),
    audience: text(),
    /** The claim with the account of a peer; blank means that of the protocol. */
    accountClaim: text(),
    /** Whether JSON Web Tokens without expiry are accepted. */
    lasting: flag(false),
    /** A file with the `jti` or `sub` of tokens that are no longer accepted, one per line. */
    revoked: text(),
    /** Origins that browsers, and programs that say one, may come from; blank means this server's own only, `*` any. */
    origins: list('', isOrigin, 'must be origins such as https://example.org, separated by commas'),
    /** What happens when a peer connects that is connected already. */
    duplicate: choice('close-old', 'refuse-new', 'keep-both'),
    /** 0 means Node-RED's own HTTP server. */
    port: int({ fallback: 0, min: 0, max: 65_535 }),
    /** The address of this machine that an own port listens at. */
    host: text('127.0.0.1'),
    maxConnections: int({ fallback: 10_000, min: 1, max: 1_000_000 }),
    /** Bytes. */
    maxFrame: size('bytes', { fallback: 65_536, min: 16, max: 104_857_600 }),
    /** Frames a second and peer, on average; 0 means no limit. */
    rate: number({ fallback: 100, min: 0, max: 1_000_000 }),
    /** A peer that does not answer two pings is disconnected. */
    pingInterval: duration('s', { fallback: 25, min: 0.1, max: 3600 }),
    /** Commands for a device that comes back are sent within so many seconds, so that not all are when many come at once. */
    jitter: duration('s', { fallback: 1, min: 0, max: 3600 }),
    /** Bytes that may wait to be sent to a peer. */
    highWater: size('bytes', { fallback: 1_048_576, min: 1024, max: 1_073_741_824 }),
    /** Whether peers that offer `permessage-deflate` get it. */
    compression: flag(false),
    /** Where the heartbeat is published; blank means nowhere. */
    broker: optionalNode('socketworks-broker-config'),
    heartbeatTopic: topic('heartbeat'),
    heartbeatInterval: duration('s', { fallback: 30, min: 1, max: 86_400 }),
})

export const credentials = { token: { type: 'password' }, key: { type: 'password' } } as const

/** An origin as browsers send it, `null` included, or as programs do, which may send `file://` or the URL of a home page. */
function isOrigin(origin: string): boolean {
    return origin === '*' || origin === 'null' || /^(?:file:\/\/|[a-z][a-z\d+.-]*:\/\/[^\s/?#]+)[^\s?#]*$/i.test(origin)
}

/** A channel, or all below one, perhaps with the account of the peer in it, and perhaps for a role alone. */
function isRule(rule: string): boolean {
    return /^(\*|([\p{L}\p{N}_.-]|\{account\})+(\/([\p{L}\p{N}_.-]|\{account\})+)*(\/\*)?)(@[\w.:-]+)?$/u.test(rule)
}
