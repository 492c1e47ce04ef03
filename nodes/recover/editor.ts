import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { RecoverConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-recover', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-recover.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('recover', RecoverConfig, { socket: { type: 'socketworks-socket-config' } }),
    ...named,
})
