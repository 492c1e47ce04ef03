import type { EditorRED } from 'node-red'
import { form, outputs } from '../../src/editor/index.ts'
import { ChannelInConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-channel-in', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-channel-in.svg',
    inputs: 0,
    ...outputs('output.message'),
    ...form('channel-in', ChannelInConfig, {
        channel: { icon: 'hashtag', invalid: 'invalid.channel' },
        source: { icon: 'user-o' },
        first: { icon: 'history' },
    }),
})
