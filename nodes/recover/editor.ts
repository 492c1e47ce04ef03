import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import '../../src/editor/style.ts'
import { RecoverConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-recover', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-recover.svg',
    inputs: 1,
    outputs: 2,
    defaults: defaults('recover', RecoverConfig, { socket: { type: 'socketworks-socket-config' } }),
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
