import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { opened, showing } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { StoreConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-store-config', {
    category: 'config',
    defaults: defaults('store-config', StoreConfig),
    label() {
        return this.name || (this.kind === 'memory' ? this._('label.inMemory') : this.file || 'socketworks.sqlite')
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
        showing('#node-config-input-kind', (kind) => ({ '.socketworks-store-file': kind === 'file' }))
    },
})
