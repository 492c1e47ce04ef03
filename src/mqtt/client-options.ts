import type { IClientOptions } from 'mqtt'
import type { BrokerOptions } from './broker.ts'

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000
/** Seconds; a connection that is dead without saying so is noticed within one and a half times this, whatever we send meanwhile. */
const KEEPALIVE = 10

const ports = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }

/** What MQTT.js is given, made anew for each attempt because it writes into it. */
export function clientOptions(options: BrokerOptions, clientId: string): IClientOptions {
    const { protocol, host, user, password, will, version } = options
    return {
        protocol,
        host,
        port: options.port || ports[protocol],
        ...(protocol.startsWith('ws') ? { path: options.path.replace(/^\/*/, '/') } : {}),
        clientId,
        protocolVersion: version === '5' ? 5 : 4,
        clean: true,
        keepalive: KEEPALIVE,
        connectTimeout: CONNECT_TIMEOUT,
        ...(user ? { username: user } : {}),
        ...(password ? { password } : {}),
        ...(will ? { will: { ...will, payload: Buffer.from(will.payload) } } : {}),
        ...(protocol === 'mqtts' || protocol === 'wss' ? options.tls : {}),
        ...options.further,
        // Over WebSockets MQTT.js looks for the host under this name only, and elsewhere it comes first.
        hostname: options.further?.hostname ?? options.further?.host ?? host,
        // Each connection is a client of its own: nothing of one may reach the next.
        reconnectPeriod: 0,
        resubscribe: false,
        queueQoSZero: false,
        manualConnect: false,
    }
}
