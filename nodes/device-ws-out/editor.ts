import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { DeviceWsOutConfig } from './schema.ts'

declare const RED: EditorRED

/** A message for everybody is not kept. */
const isForMany = (get: Get) => get('to') === 'all' || get('to') === 'others'
/** Blank means the first choice; a variable may turn out to be any. */
const isKept = (get: Get) => !['', 'live'].includes(get('delivery')) && !isForMany(get)
/** Whether it matters whom the settings name. */
const isForNamed = (get: Get) => !['', 'reply'].includes(get('to')) && !isForMany(get)

RED.nodes.registerType('socketworks-device-ws-out', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-out.svg',
    inputs: 1,
    align: 'right',
    ...outputs('output.delivered', 'common.output.refused'),
    ...form('device-ws-out', DeviceWsOutConfig, {
        to: { icon: 'share-alt' },
        peer: { icon: 'id-card-o', when: isForNamed },
        content: { icon: 'envelope-o' },
        when: { icon: 'check-square-o' },
        delivery: { icon: 'truck', when: (get) => !isForMany(get) },
        ttl: { when: isKept },
        store: { when: isKept, required: isKept },
    }),
})
