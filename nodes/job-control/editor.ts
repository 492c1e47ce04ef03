import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get } from '../../src/editor/index.ts'
import { JobControlConfig } from './schema.ts'

declare const RED: EditorRED

const of =
    (...operations: string[]) =>
    (get: Get) =>
        operations.includes(get('operation') || 'get')

const fields = {
    queue: { icon: 'list-alt' },
    operation: { icon: 'cog' },
    jobId: { icon: 'hashtag', when: of('get', 'cancel', 'force', 'retry', 'delete') },
    key: { icon: 'key', when: of('get', 'cancel', 'force', 'retry', 'delete') },
    series: { icon: 'refresh', when: of('cancel') },
    by: { icon: 'user-o', when: of('cancel', 'force', 'retry') },
    state: { icon: 'flag-o', when: of('list') },
    robot: { icon: 'id-card-o', when: of('list') },
    repeating: { icon: 'refresh', when: of('list') },
    from: { icon: 'calendar', when: of('list') },
    to: { icon: 'calendar', when: of('list') },
    order: { icon: 'sort', when: of('list') },
    limit: { icon: 'list-ol', when: of('list') },
    cursor: { icon: 'step-forward', when: of('list') },
    schedule: { icon: 'calendar', when: of('preview') },
    count: { icon: 'list-ol', when: of('preview') },
    timeZone: { icon: 'globe', when: of('preview') },
    overlap: { icon: 'clock-o', when: of('preview') },
    at: { icon: 'clock-o', when: of('clock') },
    settable: { icon: 'unlock', when: of('clock') },
}

RED.nodes.registerType('socketworks-job-control', {
    category: 'socketworks',
    color: '#B9A7C9',
    icon: 'socketworks-job-control.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('job-control', JobControlConfig, fields),
    label() {
        const of = {
            ...{ get: 'label.get', list: 'label.list', cancel: 'label.cancel', force: 'label.force', retry: 'label.retry' },
            ...{ delete: 'label.delete', preview: 'label.preview', clock: 'label.clock' },
        }
        return this.name || this._(of[this.operation ?? 'get'])
    },
})
