import type { EditorRED } from 'node-red'
import { form, outputs } from '../../src/editor/index.ts'
import { DeviceWsInConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-ws-in', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-in.svg',
    inputs: 0,
    ...outputs('output.message', 'output.connected', 'output.disconnected', 'output.unreadable'),
    ...form('device-ws-in', DeviceWsInConfig),
})
