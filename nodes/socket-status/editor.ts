import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { SocketStatusConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-socket-status', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-status.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('socket-status', SocketStatusConfig, { content: { icon: 'file-text-o' } }),
    label() {
        return this.name || this._(this.content === 'download' || this.content === 'file' ? 'label.download' : 'label.palette')
    },
})
