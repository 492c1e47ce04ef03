import type { EditorRED } from 'node-red'
import { configForm } from '../../src/editor/index.ts'
import { BrokerConfig, credentials } from './schema.ts'

declare const RED: EditorRED

/** What a blank port means. */
const ports: Record<string, number> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }

const dialog = configForm(
    'broker-config',
    BrokerConfig,
    {
        protocol: { icon: 'exchange' },
        host: { icon: 'server' },
        path: { icon: 'link', when: (get) => get('protocol').startsWith('ws') },
        tls: { icon: 'lock', when: (get) => ['mqtts', 'wss'].includes(get('protocol')) },
        user: { icon: 'user' },
        version: { icon: 'cogs' },
        clientId: { icon: 'id-card-o' },
        willTopic: { icon: 'envelope-o', invalid: 'invalid.willTopic' },
        willPayload: { icon: 'file-text-o' },
        willQos: { icon: 'check-square-o' },
        willRetain: { icon: 'thumb-tack' },
        options: { icon: 'code', placeholder: '{"keepalive": 30}', invalid: 'invalid.options' },
    },
    { session: ['version', 'clientId', 'willTopic', 'willPayload', 'willQos', 'willRetain', 'options'] },
    credentials,
)

RED.nodes.registerType('socketworks-broker-config', {
    category: 'config',
    ...dialog,
    credentials,
    label() {
        const port = Number(this.port) === 0 ? '' : `:${this.port}`
        return this.name || `${this.protocol}://${this.host || '127.0.0.1'}${port}`
    },
    oneditprepare() {
        const port = $('#node-config-input-port')
        if (Number(this.port) === 0) port.val('')
        const protocol = $('#node-config-input-protocol')
        protocol.on('change', () => void port.attr('placeholder', ports[String(protocol.val())] ?? ''))
        dialog.oneditprepare.call(this)
    },
})
