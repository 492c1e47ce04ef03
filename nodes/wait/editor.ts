import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { WaitConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-wait', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-wait.svg',
    inputs: 1,
    outputs: 3,
    defaults: defaults('wait', WaitConfig, {
        store: { type: 'socketworks-store-config' },
        // A wait that was just put down waits a little, whatever it is given.
        duration: { min: 0, initial: '5' },
        durationType: { initial: 'num' },
    }),
    ...named,
    outputLabels(index) {
        return this._(['common.output.done', 'common.output.refused', 'output.holding'][index]!)
    },
    oneditprepare() {
        typedInputs(this, { duration: ['num'] })
    },
})
