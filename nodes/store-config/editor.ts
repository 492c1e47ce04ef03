import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { opened, showing } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { credentials, StoreConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-store-config', {
    category: 'config',
    defaults: defaults('store-config', StoreConfig),
    credentials,
    label() {
        const places = { memory: this._('label.inMemory'), postgres: 'PostgreSQL', file: this.file || 'socketworks.sqlite' }
        return this.name || places[this.kind]
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
        showing('#node-config-input-kind', (kind) => ({
            '.socketworks-store-file': kind === 'file',
            '.socketworks-store-server': kind === 'postgres',
            '.socketworks-store-variable': kind !== 'memory',
        }))
    },
})
