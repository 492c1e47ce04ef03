import type { EditorRED } from 'node-red'
import { form, outputs } from '../../src/editor/index.ts'
import { BrokerInConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-broker-in', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-broker-in.svg',
    inputs: 0,
    ...outputs('output.message', 'output.unreadable'),
    ...form('broker-in', BrokerInConfig, { topic: { icon: 'tasks', invalid: 'invalid.topic' } }),
})
