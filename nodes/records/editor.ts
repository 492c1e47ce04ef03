import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get } from '../../src/editor/index.ts'
import { RecordsConfig } from './schema.ts'

declare const RED: EditorRED

const isOne = (get: Get) => get('operation') !== 'list'
const isPut = (get: Get) => get('operation') === 'put'
const changes = (get: Get) => ['put', 'delete'].includes(get('operation'))

RED.nodes.registerType('socketworks-records', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-records.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('records', RecordsConfig, {
        operation: { icon: 'cog' },
        collection: { icon: 'folder-o' },
        key: { icon: 'key', when: isOne },
        value: { icon: 'file-text-o', when: isPut },
        version: { icon: 'code-fork', when: changes },
        schema: { icon: 'check-square-o', when: isPut },
        tell: { icon: 'bullhorn', when: changes },
        after: { icon: 'step-forward', when: (get) => !isOne(get) },
        limit: { icon: 'list-ol', when: (get) => !isOne(get) },
    }),
})
