import type { EditorRED } from 'node-red'
import { form, outputs } from '../../src/editor/index.ts'
import { CallbackReplyConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-callback-reply', {
    category: 'socketworks',
    color: '#ACA5C4',
    icon: 'socketworks-callback-reply.svg',
    inputs: 1,
    ...outputs('output.delivered', 'common.output.refused', 'output.noCallback'),
    ...form('callback-reply', CallbackReplyConfig),
})
