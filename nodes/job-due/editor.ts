import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { JobDueConfig } from './schema.ts'

declare const RED: EditorRED

const isForRobots = (get: Get) => !['', '_ADD_'].includes(get('endpoint'))

const fields = {
    queue: { icon: 'list-alt' },
    endpoint: { icon: 'exchange' },
    inFlight: { icon: 'tasks', when: isForRobots },
    jitter: { when: isForRobots },
    spacing: { when: isForRobots },
    hosts: { icon: 'shield', when: isForRobots },
    mostBytes: { when: isForRobots },
}
const folded = { packages: ['hosts', 'mostBytes'] } as const

RED.nodes.registerType('socketworks-job-due', {
    category: 'socketworks',
    color: '#B9A7C9',
    icon: 'socketworks-job-due.svg',
    inputs: 0,
    ...outputs('output.due', 'output.failed', 'output.changed'),
    ...form('job-due', JobDueConfig, fields, folded),
})
