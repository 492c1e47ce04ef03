import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { StopInstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-stop-instance', {
    category: 'socketworks',
    color: '#8DB5A9',
    icon: 'socketworks-stop.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('stop-instance', StopInstanceConfig, { socket: { type: 'socketworks-socket-config' } }),
    ...named,
    oneditprepare() {
        typedInputs(this, { instanceId: ['str'] })
    },
})
