import type { EditorRED } from 'node-red'
import { configForm } from '../../src/editor/index.ts'
import { credentials, StoreConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-store-config', {
    category: 'config',
    ...configForm(
        'store-config',
        StoreConfig,
        {
            kind: { icon: 'database' },
            file: { icon: 'file-o', when: (get) => get('kind') === 'file' },
            url: {
                placeholder: 'postgresql://user:password@host:5432/database',
                when: (get) => get('kind') !== 'memory',
                // A file gives way to the server that a variable names, as the same flow is to run here and there.
                variableOnly: (get) => get('kind') === 'file',
                note: (get) => (get('kind') === 'file' ? 'hint.variable' : 'hint.server'),
            },
            retention: { icon: 'calendar' },
            keepMinutes: { icon: 'bar-chart' },
            keepQuarters: { icon: 'bar-chart' },
            keepHours: { icon: 'bar-chart' },
            keepInstances: { icon: 'calendar-o' },
            mostInstances: { icon: 'list-ol', unit: 'unit.instances' },
            mostSpace: { when: (get) => get('kind') === 'file' },
        },
        {},
        credentials,
    ),
    credentials,
    label() {
        const places = { memory: this._('label.inMemory'), postgres: 'PostgreSQL', file: this.file || 'socketworks.sqlite' }
        return this.name || places[this.kind]
    },
})
