import type { Node } from 'node-red'
import type * as v from 'valibot'
import { type Broker, type BrokerOptions, connectBroker } from '../../src/mqtt/index.ts'
import { configNode, defineNode, liveStatus, type StatusSource, secret, status, troubleReporter } from '../../src/node-red/index.ts'
import { BrokerConfig, credentials } from './schema.ts'

/** Node-RED's own tls-config. */
type TlsNode = Node & { addTLSOptions(options: Record<string, unknown>): Record<string, unknown> }
type Config = v.InferOutput<typeof BrokerConfig>
type Secrets = { user?: string; password?: string }

export default defineNode(
    'broker-config',
    BrokerConfig,
    ({ RED, node, config, credentials, closed }) => {
        const options: BrokerOptions = {
            ...settings(config),
            user: secret(RED, node, credentials.user, config.userEnv),
            password: secret(RED, node, credentials.password, config.passwordEnv),
            tls: config.tls ? configNode<TlsNode>(RED, config.tls).addTLSOptions({}) : undefined,
            log: (text) => node.warn(text),
        }
        let broker: Broker | undefined
        Object.defineProperty(node, 'broker', {
            // One that nobody uses does not connect.
            get() {
                if (!broker) {
                    broker = connectBroker(options)
                    show(node, broker, closed)
                }
                return broker
            },
        })
        return { close: () => broker?.close() }
    },
    { credentials },
)

function settings(config: Config): Omit<BrokerOptions, 'log' | keyof Secrets> {
    const { protocol, host, port, path, clientId, version, willTopic: topic, willPayload: payload, willRetain: retain } = config
    const qos = config.willQos === '2' ? 2 : config.willQos === '1' ? 1 : 0
    return {
        ...{ protocol, host, port, path, clientId, version },
        will: topic ? { topic, payload, qos, retain } : undefined,
        further: config.options ? JSON.parse(config.options) : undefined,
    }
}

/** Shows the connection's state, and reports each loss once, however often connecting fails after it. */
function show(node: Node, broker: Broker, closed: AbortSignal): void {
    const report = troubleReporter(node, 'BROKER_OFFLINE')
    let shown = status.connecting('status.connecting')
    const onChange: StatusSource['onChange'] = (changed, signal) =>
        broker.onState((state, reason = '') => {
            if (state === 'connecting') return
            shown = state === 'connected' && !reason ? status.running('status.connected') : status.broken(reason)
            report(state === 'connected' ? undefined : reason)
            changed()
        }, signal)
    liveStatus(node, closed, { look: () => shown, onChange })
}
