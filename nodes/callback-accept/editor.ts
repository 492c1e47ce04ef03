import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { CallbackAcceptConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-callback-accept', {
    category: 'socketworks',
    color: '#ACA5C4',
    icon: 'socketworks-callback-accept.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('callback-accept', CallbackAcceptConfig, { hosts: { icon: 'globe', invalid: 'invalid.hosts' } }),
})
