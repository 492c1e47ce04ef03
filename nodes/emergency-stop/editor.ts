import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { EmergencyStopConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-emergency-stop', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-emergency.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('emergency-stop', EmergencyStopConfig),
})
