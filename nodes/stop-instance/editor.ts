import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { StopInstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-stop-instance', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-stop.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('stop-instance', StopInstanceConfig, {
        instanceId: { icon: 'id-card-o' },
        lease: { icon: 'refresh' },
    }),
})
