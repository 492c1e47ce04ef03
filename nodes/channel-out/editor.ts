import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { ChannelOutConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-channel-out', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-channel-out.svg',
    inputs: 1,
    align: 'right',
    ...doneOrRefused,
    ...form('channel-out', ChannelOutConfig, {
        channel: { icon: 'hashtag' },
        content: { icon: 'envelope-o' },
        key: { icon: 'key' },
    }),
})
