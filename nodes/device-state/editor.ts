import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { showing } from '../../src/editor/dialog.ts'
import { named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceStateConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-state', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-state.svg',
    inputs: 1,
    outputs: 3,
    defaults: defaults('device-state', DeviceStateConfig, { store: { type: 'socketworks-store-config' } }),
    ...named,
    label() {
        return this.name || this._(this.operation === 'delete' ? 'label.delete' : 'label.palette')
    },
    outputLabels(index) {
        return this._(['output.changed', 'common.output.refused', 'output.stored'][index]!)
    },
    oneditprepare() {
        typedInputs(this, { device: ['str'], set: ['json'] })
        showing('#node-input-operation', (operation) => ({ '.socketworks-device-update': operation !== 'delete' }))
        showing('#node-input-history', (history) => ({ '.socketworks-device-history': history !== 'false' }))
    },
})
