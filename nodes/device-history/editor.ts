import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceHistoryConfig } from './schema.ts'

declare const RED: EditorRED

/** The last moment that ECMAScript knows. */
const LAST = 8.64e15
const time = { blank: true, min: -LAST, max: LAST }

RED.nodes.registerType('socketworks-device-history', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-history.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('device-history', DeviceHistoryConfig, {
        store: { type: 'socketworks-store-config' },
        from: time,
        to: time,
        // Of a stretch both the least and the greatest are shown.
        limit: { min: 2, max: 100_000, whole: true },
    }),
    ...named,
    oneditprepare() {
        typedInputs(this, { device: ['str'], property: ['str'], from: ['str', 'num'], to: ['str', 'num'], limit: ['num'] })
    },
})
