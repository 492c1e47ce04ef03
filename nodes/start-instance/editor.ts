import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { StartInstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-start-instance', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-start.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('start-instance', StartInstanceConfig, {
        timeout: { icon: 'clock-o' },
        required: { icon: 'asterisk' },
        withRequest: { icon: 'chain' },
        extra: { icon: 'plus' },
        weight: { icon: 'balance-scale' },
        owner: { icon: 'user-o' },
        lease: { icon: 'refresh' },
    }),
})
