import type { EditorRED } from 'node-red'
import { configForm, type Get } from '../../src/editor/index.ts'
import { SocketConfig } from './schema.ts'

declare const RED: EditorRED

const isTopic = { invalid: 'invalid.topic' }
/** A variable may stand for anything. */
const may = (token: string) => (get: Get) => get('fullTopic').includes(token) || get('fullTopic').includes('${')
const missing = (token: string, reason: string) => (value: unknown, get: Get) =>
    value === '' && get('fullTopic').includes(token) ? reason : undefined

RED.nodes.registerType('socketworks-socket-config', {
    category: 'config',
    ...configForm(
        'socket-config',
        SocketConfig,
        {
            broker: { icon: 'exchange' },
            topic: { icon: 'comment-o', ...isTopic },
            family: { icon: 'cubes' },
            fullTopic: { icon: 'sitemap', invalid: 'invalid.fullTopic' },
            plugId: {
                icon: 'id-card-o',
                placeholder: 'A0B1C2D3E4F5',
                ...isTopic,
                when: may('%id%'),
                against: missing('%id%', 'invalid.plugId'),
            },
            hostname: {
                icon: 'server',
                placeholder: 'tasmota-A0B1C2-1234',
                ...isTopic,
                when: may('%hostname%'),
                against: missing('%hostname%', 'invalid.hostname'),
            },
            relay: { icon: 'toggle-on' },
            confirm: { icon: 'check' },
            interval: { icon: 'tachometer' },
            idleInterval: { icon: 'moon-o' },
            offGuard: { icon: 'shield' },
            sharing: { icon: 'pie-chart' },
            tariff: { icon: 'money', placeholder: '22:00-06:00 0.24, 0.36', invalid: 'invalid.tariff' },
            commandPrefix: {
                icon: 'arrow-right',
                ...isTopic,
                against: (value, get) =>
                    [get('answerPrefix') || 'stat', get('reportPrefix') || 'tele'].includes(String(value)) ? 'invalid.prefix' : undefined,
            },
            answerPrefix: { icon: 'arrow-left', ...isTopic },
            reportPrefix: { icon: 'arrow-left', ...isTopic },
            groupTopics: { icon: 'object-group', ...isTopic },
        },
        {
            advanced: ['fullTopic', 'plugId', 'hostname', 'relay', 'confirm', 'interval', 'idleInterval', 'offGuard'],
            energy: ['sharing', 'tariff'],
            renamed: ['commandPrefix', 'answerPrefix', 'reportPrefix', 'groupTopics'],
        },
    ),
    label() {
        return this.name || this.topic || 'smart-socket'
    },
})
