import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { EnergyReportConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-energy-report', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-energy-report.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('energy-report', EnergyReportConfig, {
        sockets: { icon: 'plug' },
        from: { icon: 'calendar-o' },
        to: { icon: 'calendar' },
        bucket: { icon: 'bar-chart' },
        points: { icon: 'list-ol' },
        timeZone: { icon: 'globe' },
        instanceId: { icon: 'id-card-o' },
        by: { icon: 'users' },
        format: { icon: 'file-text-o' },
    }),
})
