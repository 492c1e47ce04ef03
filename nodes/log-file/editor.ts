import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { LogFileConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-log-file', {
    category: 'socketworks',
    color: '#B3B3A6',
    icon: 'socketworks-log.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('log-file', LogFileConfig, {
        file: { icon: 'file-text-o' },
        line: { icon: 'align-left' },
        time: { icon: 'clock-o' },
        by: { icon: 'files-o' },
        size: { icon: 'arrows-v', when: (get) => get('by') !== 'day' },
        keep: { icon: 'calendar', when: (get) => get('by') === 'day' },
    }),
})
