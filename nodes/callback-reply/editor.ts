import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { CallbackReplyConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-callback-reply', {
    category: 'socketworks',
    color: '#ACA5C4',
    icon: 'socketworks-callback-reply.svg',
    inputs: 1,
    outputs: 3,
    defaults: defaults('callback-reply', CallbackReplyConfig, { store: { type: 'socketworks-store-config' } }),
    ...named,
    outputLabels(index) {
        return this._(['output.delivered', 'common.output.refused', 'output.noCallback'][index]!)
    },
})
