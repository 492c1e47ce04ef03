import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { AlarmConfig } from './schema.ts'

declare const RED: EditorRED

const operationOf = (get: Get) => get('operation') || 'watch'
/** A row of what some operations need, and so does a node whose messages say which. */
const of = (...operations: string[]) => ({ when: (get: Get) => [...operations, 'action'].includes(operationOf(get)) })
const watch = of('watch')
const begins = of('watch', 'raise')
const people = of('acknowledge', 'reset', 'shelve', 'unshelve', 'suppress', 'unsuppress', 'remove-from-service', 'return-to-service')

const hints = {
    group: { icon: 'object-group' },
    operation: { icon: 'cog' },
    action: { icon: 'cog', when: (get: Get) => operationOf(get) === 'action' },
    alarm: { icon: 'bell-o', when: (get: Get) => operationOf(get) !== 'list' },
    text: { icon: 'commenting-o', ...of('raise') },
    priority: { icon: 'exclamation', ...begins },
    value: { icon: 'thermometer-half', ...begins },
    setPoint: { icon: 'bullseye', ...watch },
    highHigh: { icon: 'angle-double-up', ...watch },
    high: { icon: 'angle-up', ...watch },
    low: { icon: 'angle-down', ...watch },
    lowLow: { icon: 'angle-double-down', ...watch },
    deadband: { icon: 'arrows-v', ...watch },
    rate: { icon: 'line-chart', ...watch },
    tolerance: { icon: 'arrows-v', ...watch },
    reachWithin: { icon: 'hourglass-half', ...watch },
    silence: { icon: 'bell-slash-o', initial: '5 min', ...watch },
    onDelay: begins,
    offDelay: begins,
    latch: { icon: 'lock', ...begins },
    repeat: { icon: 'repeat', ...begins },
    duration: { icon: 'clock-o', ...of('shelve') },
    by: { icon: 'user-o', ...people },
    comment: { icon: 'comment-o', ...people },
    limit: { icon: 'list-ol', ...of('list', 'history') },
    all: { icon: 'list', ...of('list') },
    before: { icon: 'step-backward', ...of('history') },
}
// They are of alarms of any kind, and seldom differ from the defaults.
const folded = { behaviour: ['deadband', 'onDelay', 'offDelay', 'latch', 'repeat'] } as const

RED.nodes.registerType('socketworks-alarm', {
    category: 'socketworks',
    color: '#CFA08E',
    icon: 'socketworks-alarm.svg',
    inputs: 1,
    ...outputs('common.output.done', 'common.output.refused', 'output.transitions'),
    ...form('alarm', AlarmConfig, hints, folded),
})
