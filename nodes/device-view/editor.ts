import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { DeviceViewConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-view', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-view.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('device-view', DeviceViewConfig, {
        fleet: { icon: 'cubes' },
        endpoint: { icon: 'eye' },
        own: { icon: 'user-o' },
        filter: { icon: 'filter' },
        sort: { icon: 'sort-amount-asc' },
        offset: { icon: 'step-forward' },
        limit: { icon: 'list-ol' },
    }),
})
