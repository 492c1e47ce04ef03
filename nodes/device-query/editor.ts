import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get, settings } from '../../src/editor/index.ts'
import { DeviceQueryConfig, former } from './schema.ts'

declare const RED: EditorRED

/** What it was for before that became nodes of their own: one that was saved so is left as it is. */
const labels: Record<string, string> = { history: 'label.history', live: 'label.live' }
const isFormer = (mode: string) => mode in labels
const when = (get: Get) => !isFormer(get('mode'))
const hidden = { isHidden: true, when: () => false, required: () => false }

const dialog = form('device-query', settings({ ...DeviceQueryConfig.entries, ...former }), {
    name: { note: (get) => (isFormer(get('mode')) ? 'hint.former' : '') },
    store: { when },
    fleet: { icon: 'cubes', when },
    own: { icon: 'user-o', when },
    filter: { icon: 'filter', when },
    sort: { icon: 'sort-amount-asc', when },
    offset: { icon: 'step-forward', when },
    limit: { icon: 'list-ol', when },
    mode: hidden,
    endpoint: hidden,
    device: hidden,
    property: hidden,
    from: hidden,
    to: hidden,
})

RED.nodes.registerType('socketworks-device-query', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-query.svg',
    inputs: 1,
    ...doneOrRefused,
    ...dialog,
    onadd() {
        dialog.onadd.call(this)
        // The only endpoint there is would be given to it.
        if (!isFormer(this.mode)) this.endpoint = ''
    },
    label() {
        return this.name || this._(labels[this.mode] ?? 'label.palette')
    },
})
