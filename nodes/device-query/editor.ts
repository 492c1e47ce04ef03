import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { current, showing } from '../../src/editor/dialog.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceQueryConfig } from './schema.ts'

declare const RED: EditorRED

const isHistory = (node: { id: string }) => current(node, 'mode') === 'history'
const isOfDevices = (node: { id: string }) => !isHistory(node)
/** The last moment that ECMAScript knows. */
const LAST = 8.64e15
const time = { blank: true, when: isHistory, min: -LAST, max: LAST }

RED.nodes.registerType('socketworks-device-query', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-query.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('device-query', DeviceQueryConfig, {
        store: { type: 'socketworks-store-config' },
        endpoint: { type: 'socketworks-device-ws-endpoint', required: (node) => current(node, 'mode') === 'live' },
        filter: { blank: true, when: isOfDevices },
        sort: { blank: true, when: isOfDevices },
        offset: { min: 0, max: 100_000, whole: true, when: isOfDevices },
        // Of a stretch of a history both the least and the greatest are shown.
        limit: { min: (node) => (isHistory(node) ? 2 : 0), max: 100_000, whole: true },
        device: { when: isHistory },
        property: { when: isHistory },
        from: time,
        to: time,
    }),
    ...named,
    label() {
        return this.name || this._({ query: 'label.query', history: 'label.ofHistory', live: 'label.live' }[this.mode ?? 'query'])
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
