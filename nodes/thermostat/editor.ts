import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { ThermostatConfig } from './schema.ts'

declare const RED: EditorRED

const isPid = (get: Get) => get('control') === 'pid'
const ofPid = (icon: string) => ({ icon, when: isPid })

const hints = {
    lease: { icon: 'refresh' },
    action: { icon: 'fire' },
    control: { icon: 'sliders' },
    value: { icon: 'thermometer-half' },
    setPoint: { icon: 'bullseye' },
    mode: { icon: 'cog' },
    power: { icon: 'bolt' },
    band: { icon: 'arrows-v', when: (get: Get) => !isPid(get) },
    gain: ofPid('expand'),
    integral: ofPid('history'),
    derivative: ofPid('line-chart'),
    cycle: { icon: 'circle-o-notch' },
    minOn: { icon: 'toggle-on' },
    minOff: { icon: 'toggle-off' },
    sensorLost: { icon: 'chain-broken' },
    stuckAfter: { icon: 'thumb-tack' },
    renew: { icon: 'repeat' },
    timeout: { icon: 'clock-o' },
}
// They seldom differ from the defaults, which fit one another.
const folded = { timing: ['cycle', 'renew', 'timeout'] } as const

RED.nodes.registerType('socketworks-thermostat', {
    category: 'socketworks',
    color: '#CFA08E',
    icon: 'socketworks-thermostat.svg',
    inputs: 1,
    ...outputs('common.output.done', 'common.output.refused', 'output.on', 'output.off'),
    ...form('thermostat', ThermostatConfig, hints, folded),
})
