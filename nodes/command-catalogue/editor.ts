import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get } from '../../src/editor/index.ts'
import { CommandCatalogueConfig } from './schema.ts'

declare const RED: EditorRED

const isPut = (get: Get) => get('operation') === 'put'

RED.nodes.registerType('socketworks-command-catalogue', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-command-catalogue.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('command-catalogue', CommandCatalogueConfig, {
        operation: { icon: 'cog' },
        account: { icon: 'id-card-o' },
        component: { icon: 'cube', when: (get) => get('operation') !== 'list' },
        commands: { icon: 'list', when: isPut },
        version: { icon: 'code-fork', when: isPut },
    }),
    label() {
        return this.name || this._('label.palette')
    },
})
