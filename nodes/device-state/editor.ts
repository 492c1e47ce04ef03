import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { DeviceStateConfig } from './schema.ts'

declare const RED: EditorRED

const isUpdate = (get: Get) => get('operation') !== 'delete'
const isKept = (get: Get) => isUpdate(get) && get('history') !== 'false'

RED.nodes.registerType('socketworks-device-state', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-state.svg',
    inputs: 1,
    ...outputs('output.changed', 'common.output.refused', 'output.stored'),
    ...form('device-state', DeviceStateConfig, {
        fleet: { icon: 'cubes' },
        operation: { icon: 'cog' },
        device: { icon: 'id-card-o' },
        set: { when: isUpdate },
        register: { icon: 'plus', when: isUpdate },
        checkOrder: { icon: 'sort-numeric-asc', when: isUpdate },
        history: { icon: 'line-chart', when: isUpdate },
        historyDays: { icon: 'calendar', when: isKept },
        devicePoints: { icon: 'hdd-o', unit: 'unit.pointsEach', when: isKept },
        fleetPoints: { icon: 'hdd-o', unit: 'unit.pointsAll', when: isKept },
        deviceMemory: { icon: 'microchip', when: isUpdate },
        fleetMemory: { icon: 'microchip', when: isUpdate },
    }),
    label() {
        return this.name || this._(this.operation === 'delete' ? 'label.delete' : 'label.palette')
    },
})
