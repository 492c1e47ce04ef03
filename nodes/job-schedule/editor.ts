import type { EditorRED } from 'node-red'
import { doneOrRefused, form, type Get } from '../../src/editor/index.ts'
import { JobScheduleConfig } from './schema.ts'

declare const RED: EditorRED

const isPackage = (get: Get) => ['', 'package'].includes(get('kind'))
const isMessage = (get: Get) => get('kind') === 'message'

const fields = {
    queue: { icon: 'list-alt' },
    kind: { icon: 'cog' },
    trigger: { icon: 'bolt', when: isPackage },
    content: { icon: 'envelope-o', when: isMessage },
    schedule: { icon: 'calendar', when: isMessage },
    title: { icon: 'tag', when: isMessage },
    key: { icon: 'key' },
    timeZone: { icon: 'globe' },
    overlap: { icon: 'clock-o' },
    misfire: { icon: 'history' },
    grace: { when: (get: Get) => get('misfire') === 'grace' },
    attempts: { icon: 'repeat' },
    ttl: { icon: 'hourglass-end' },
    priority: { icon: 'sort-amount-desc' },
    folder: { icon: 'folder-open-o', when: isPackage },
    folderSpace: { when: (get: Get) => isPackage(get) && get('folder') !== '' },
    hosts: { icon: 'shield', when: isPackage },
    mostBytes: { when: isPackage },
}
// What differs from job to job comes with the trigger; these are what it leaves out.
const folded = {
    times: ['timeZone', 'overlap', 'misfire', 'grace'],
    delivery: ['attempts', 'timeout', 'backoff', 'ttl', 'cancelGrace', 'priority'],
    packages: ['folder', 'folderSpace', 'hosts', 'mostBytes'],
} as const

RED.nodes.registerType('socketworks-job-schedule', {
    category: 'socketworks',
    color: '#B9A7C9',
    icon: 'socketworks-job-schedule.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('job-schedule', JobScheduleConfig, fields, folded),
})
