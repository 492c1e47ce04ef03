import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import '../../src/editor/style.ts'
import { EmergencyStopConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-emergency-stop', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-emergency.svg',
    inputs: 1,
    outputs: 2,
    defaults: defaults('emergency-stop', EmergencyStopConfig, { socket: { type: 'socketworks-socket-config' } }),
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
