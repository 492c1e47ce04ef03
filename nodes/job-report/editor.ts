import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { JobReportConfig } from './schema.ts'

declare const RED: EditorRED

const fields = {
    queue: { icon: 'list-alt' },
    robot: { icon: 'id-card-o' },
    answer: { icon: 'comment-o' },
    success: { icon: 'check' },
    failure: { icon: 'times' },
}

RED.nodes.registerType('socketworks-job-report', {
    category: 'socketworks',
    color: '#B9A7C9',
    icon: 'socketworks-job-report.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('job-report', JobReportConfig, fields, { words: ['success', 'failure'] }),
})
