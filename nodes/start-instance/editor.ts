import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { StartInstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-start-instance', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-start.svg',
    inputs: 1,
    outputs: 2,
    defaults: defaults('start-instance', StartInstanceConfig, { socket: { type: 'socketworks-socket-config' }, timeout: { min: 0 } }),
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
    oneditprepare() {
        typedInputs(this, { timeout: ['num'] })
    },
})
