import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import '../../src/editor/style.ts'
import { CallbackAcceptConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-callback-accept', {
    category: 'socketworks',
    color: '#ACA5C4',
    icon: 'socketworks-callback-accept.svg',
    inputs: 1,
    outputs: 2,
    defaults: defaults('callback-accept', CallbackAcceptConfig, {
        store: { type: 'socketworks-store-config' },
        hosts: { invalid: 'invalid.hosts' },
    }),
    paletteLabel() {
        return this._('label.palette')
    },
    label() {
        return this.name || this._('label.palette')
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    outputLabels(index) {
        return this._(index === 0 ? 'common.output.done' : 'common.output.refused')
    },
})
