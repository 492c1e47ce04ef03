import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { EventStreamConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-event-stream', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-event-stream.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('event-stream', EventStreamConfig, {
        endpoint: { icon: 'exchange' },
        state: { icon: 'flag-o' },
        latest: { icon: 'filter' },
        most: { icon: 'history' },
        mostBytes: { icon: 'database' },
        mostReaders: { icon: 'users' },
    }),
})
