import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { current, showing } from '../../src/editor/dialog.ts'
import { doneOrRefused } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceQueryConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-query', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-query.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('device-query', DeviceQueryConfig, {
        store: { type: 'socketworks-store-config' },
        endpoint: { type: 'socketworks-device-ws-endpoint', required: (node) => current(node, 'mode') === 'live' },
        filter: { blank: true },
        sort: { blank: true },
        offset: { min: 0, max: 100_000, whole: true },
        limit: { min: 0, max: 100_000, whole: true },
        from: { blank: true },
        to: { blank: true },
    }),
    paletteLabel() {
        return this._('label.palette')
    },
    label() {
        return this.name || this._({ query: 'label.query', history: 'label.ofHistory', live: 'label.live' }[this.mode ?? 'query'])
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        typedInputs(this, {
            filter: ['json'],
            sort: ['json'],
            offset: ['num'],
            limit: ['num'],
            device: ['str'],
            property: ['str'],
            from: ['str', 'num'],
            to: ['str', 'num'],
        })
        showing('#node-input-mode', (mode) => ({
            '.socketworks-query-live': mode === 'live',
            '.socketworks-query-devices': mode !== 'history',
            '.socketworks-query-history': mode === 'history',
        }))
    },
})
