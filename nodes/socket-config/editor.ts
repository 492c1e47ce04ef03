import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { opened } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { SocketConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-socket-config', {
    category: 'config',
    defaults: defaults('socket-config', SocketConfig, {
        broker: { type: 'socketworks-broker-config' },
        store: { type: 'socketworks-store-config' },
        topic: { invalid: 'invalid.topic' },
        fullTopic: { invalid: 'invalid.fullTopic' },
    }),
    label() {
        return this.name || this.topic || 'smart-socket'
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
    },
})
