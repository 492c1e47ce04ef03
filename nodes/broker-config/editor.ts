import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { opened, showing } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { BrokerConfig, credentials } from './schema.ts'

declare const RED: EditorRED

/** What a blank port means. */
const ports: Record<string, number> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }

RED.nodes.registerType('socketworks-broker-config', {
    category: 'config',
    defaults: defaults('broker-config', BrokerConfig, {
        tls: { type: 'tls-config', required: false },
        willTopic: { invalid: 'invalid.willTopic' },
        options: { invalid: 'invalid.options' },
    }),
    credentials,
    label() {
        const port = Number(this.port) === 0 ? '' : `:${this.port}`
        return this.name || `${this.protocol}://${this.host || '127.0.0.1'}${port}`
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
        const port = $('#node-config-input-port')
        if (Number(this.port) === 0) port.val('')
        showing('#node-config-input-protocol', (protocol) => {
            port.attr('placeholder', ports[protocol] ?? '')
            return {
                '.socketworks-broker-path': protocol.startsWith('ws'),
                '.socketworks-broker-tls': protocol === 'mqtts' || protocol === 'wss',
            }
        })
    },
})
