import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { RecoverConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-recover', {
    category: 'socketworks',
    color: '#CFA294',
    icon: 'socketworks-recover.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('recover', RecoverConfig),
})
