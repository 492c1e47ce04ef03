import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { showing } from '../../src/editor/dialog.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import { InstanceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-instance', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-instance.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('instance', InstanceConfig, {
        socket: { type: 'socketworks-socket-config' },
        state: { blank: true },
        from: { blank: true },
        to: { blank: true },
        limit: { min: 1, max: 1000, whole: true },
        readings: { blank: true, min: 0, max: 10_000, whole: true },
    }),
    ...named,
    label() {
        return this.name || this._({ get: 'label.get', list: 'label.list', delete: 'label.delete' }[this.operation ?? 'get'])
    },
    oneditprepare() {
        const states = ['running', 'stopped'].map((value) => ({ value, label: this._(`option.${value}`) }))
        const state = { value: 'str', label: this._('label.state'), icon: 'fa fa-power-off', options: states }
        typedInputs(this, { instanceId: ['str'], state: [state], from: ['str'], to: ['str'], limit: ['num'], readings: ['num'] })
        showing('#node-input-operation', (operation) => ({
            '.socketworks-instance-one': operation !== 'list',
            '.socketworks-instance-list': operation === 'list',
            '.socketworks-instance-readings': operation !== 'delete',
        }))
    },
})
