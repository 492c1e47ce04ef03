import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { DeviceHistoryConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-history', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-history.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('device-history', DeviceHistoryConfig, {
        fleet: { icon: 'cubes' },
        own: { icon: 'user-o' },
        device: { icon: 'id-card-o' },
        property: { icon: 'columns' },
        from: { icon: 'calendar-o' },
        to: { icon: 'calendar' },
        limit: { icon: 'list-ol' },
    }),
})
