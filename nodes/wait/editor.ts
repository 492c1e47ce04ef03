import type { EditorRED } from 'node-red'
import { form, outputs } from '../../src/editor/index.ts'
import { WaitConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-wait', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-wait.svg',
    inputs: 1,
    ...outputs('common.output.done', 'common.output.refused', 'output.holding'),
    ...form('wait', WaitConfig, {
        // A wait that was just put down waits a little, whatever it is given.
        duration: { icon: 'clock-o', initial: '5' },
        durationType: { initial: 'num' },
    }),
})
