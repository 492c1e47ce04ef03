import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { StartInstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-start-instance', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-start.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('start-instance', StartInstanceConfig, { socket: { type: 'socketworks-socket-config' }, timeout: { min: 0 } }),
    ...named,
    oneditprepare() {
        typedInputs(this, { timeout: ['num'] })
    },
})
