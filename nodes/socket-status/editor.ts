import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { SocketStatusConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-socket-status', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-status.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('socket-status', SocketStatusConfig, { socket: { type: 'socketworks-socket-config' } }),
    ...named,
    label() {
        return this.name || this._(this.content === 'download' || this.content === 'file' ? 'label.download' : 'label.palette')
    },
})
