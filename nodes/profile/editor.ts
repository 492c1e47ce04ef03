import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { ProfileConfig } from './schema.ts'

declare const RED: EditorRED

const operationOf = (get: Get) => get('operation') || 'action'
/** A row of what some operations need, and so does a node whose messages say which. */
const of = (...operations: string[]) => ({ when: (get: Get) => [...operations, 'action'].includes(operationOf(get)) })
const given = of('start', 'queue', 'edit', 'preview', 'check')

const hints = {
    vessel: { icon: 'flask' },
    operation: { icon: 'cog' },
    action: { icon: 'cog', when: (get: Get) => operationOf(get) === 'action' },
    profile: { icon: 'area-chart', ...given },
    value: { icon: 'thermometer-half', ...of('measured') },
    least: { icon: 'long-arrow-down', ...given },
    most: {
        icon: 'long-arrow-up',
        ...given,
        against: (value: unknown, get: Get) => (Number(value) < Number(get('least')) ? 'invalid.range' : undefined),
    },
    resolution: { icon: 'arrows-v', ...of('start') },
    outage: { icon: 'power-off', ...of('start') },
    outageAfter: { when: (get: Get) => ['start', 'action'].includes(operationOf(get)) && !['', 'continue'].includes(get('outage')) },
    by: { icon: 'user-o', ...of('start', 'edit') },
    limit: { icon: 'list-ol', ...of('versions') },
}

RED.nodes.registerType('socketworks-profile', {
    category: 'socketworks',
    color: '#CFA08E',
    icon: 'socketworks-profile.svg',
    inputs: 1,
    ...outputs('common.output.done', 'common.output.refused', 'output.news'),
    ...form('profile', ProfileConfig, hints),
})
