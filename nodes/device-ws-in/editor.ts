import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { DeviceWsInConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-ws-in', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-in.svg',
    inputs: 0,
    outputs: 4,
    defaults: defaults('device-ws-in', DeviceWsInConfig, { endpoint: { type: 'socketworks-device-ws-endpoint' } }),
    ...named,
    outputLabels(index) {
        return this._(['output.message', 'output.connected', 'output.disconnected', 'output.unreadable'][index]!)
    },
})
