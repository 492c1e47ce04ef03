import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { current, opened, showing } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { SocketConfig } from './schema.ts'

declare const RED: EditorRED

const has = (node: { id: string }, token: string) => current(node, 'fullTopic').includes(token)

RED.nodes.registerType('socketworks-socket-config', {
    category: 'config',
    defaults: defaults('socket-config', SocketConfig, {
        broker: { type: 'socketworks-broker-config' },
        store: { type: 'socketworks-store-config' },
        topic: { invalid: 'invalid.topic' },
        fullTopic: { invalid: 'invalid.fullTopic' },
        plugId: { invalid: 'invalid.topic', against: (node, value) => (value === '' && has(node, '%id%') ? 'invalid.plugId' : undefined) },
        hostname: {
            invalid: 'invalid.topic',
            against: (node, value) => (value === '' && has(node, '%hostname%') ? 'invalid.hostname' : undefined),
        },
        commandPrefix: {
            invalid: 'invalid.topic',
            against: (node, value) =>
                [current(node, 'answerPrefix') || 'stat', current(node, 'reportPrefix') || 'tele'].includes(String(value))
                    ? 'invalid.prefix'
                    : undefined,
        },
        answerPrefix: { invalid: 'invalid.topic' },
        reportPrefix: { invalid: 'invalid.topic' },
        groupTopics: { invalid: 'invalid.topic' },
    }),
    label() {
        return this.name || this.topic || 'smart-socket'
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
        // A variable may stand for anything.
        const may = (full: string, token: string) => full.includes(token) || full.includes('${')
        showing('#node-config-input-fullTopic', (full) => ({
            '.socketworks-socket-id': may(full, '%id%'),
            '.socketworks-socket-hostname': may(full, '%hostname%'),
        }))
        // The editor looks anew at the setting that was changed alone.
        const field = (...keys: string[]) => $(keys.map((key) => `#node-config-input-${key}`).join())
        field('fullTopic').on('change', () => void field('plugId', 'hostname').trigger('change'))
        field('answerPrefix', 'reportPrefix').on('change', () => void field('commandPrefix').trigger('change'))
    },
})
