import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { showing } from '../../src/editor/dialog.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { LogFileConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-log-file', {
    category: 'socketworks',
    color: '#B3B3A6',
    icon: 'socketworks-log.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('log-file', LogFileConfig, { line: { blank: true } }),
    ...named,
    oneditprepare() {
        typedInputs(this, { line: ['str'] })
        showing('#node-input-by', (by) => ({ '.socketworks-log-size': by !== 'day', '.socketworks-log-day': by === 'day' }))
    },
})
