import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { EmergencyStopConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-emergency-stop', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-emergency.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('emergency-stop', EmergencyStopConfig, { socket: { type: 'socketworks-socket-config' } }),
    ...named,
})
