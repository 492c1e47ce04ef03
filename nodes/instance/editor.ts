import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get } from '../../src/editor/index.ts'
import { InstanceConfig } from './schema.ts'

declare const RED: EditorRED

const isList = (get: Get) => get('operation') === 'list'
const ofList = (icon: string) => ({ icon, when: isList })

RED.nodes.registerType('socketworks-instance', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-instance.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('instance', InstanceConfig, {
        operation: { icon: 'cog' },
        instanceId: { icon: 'id-card-o', when: (get) => !isList(get) },
        state: ofList('power-off'),
        from: ofList('calendar-o'),
        to: ofList('calendar'),
        limit: ofList('list-ol'),
        readings: { icon: 'line-chart', when: (get) => get('operation') !== 'delete' },
    }),
    label() {
        return this.name || this._({ get: 'label.get', list: 'label.list', delete: 'label.delete' }[this.operation ?? 'get'])
    },
})
