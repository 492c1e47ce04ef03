import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { CallbackAcceptConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-callback-accept', {
    category: 'socketworks',
    color: '#ACA5C4',
    icon: 'socketworks-callback-accept.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('callback-accept', CallbackAcceptConfig, {
        store: { type: 'socketworks-store-config' },
        hosts: { invalid: 'invalid.hosts' },
    }),
    ...named,
})
