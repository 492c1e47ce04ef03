import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceViewConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-view', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-view.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('device-view', DeviceViewConfig, {
        store: { type: 'socketworks-store-config' },
        endpoint: { type: 'socketworks-device-ws-endpoint' },
        filter: { blank: true },
        sort: { blank: true },
        offset: { min: 0, max: 100_000, whole: true },
        limit: { min: 0, max: 100_000, whole: true },
    }),
    ...named,
    oneditprepare() {
        typedInputs(this, { filter: ['json'], sort: ['json'], offset: ['num'], limit: ['num'] })
    },
})
