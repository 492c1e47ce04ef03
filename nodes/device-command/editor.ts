import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { DeviceCommandConfig } from './schema.ts'

declare const RED: EditorRED

const isSend = (get: Get) => ['', 'send'].includes(get('operation'))
const isList = (get: Get) => get('operation') === 'list'
const isOfOne = (get: Get) => get('operation') === 'get' || get('operation') === 'withdraw'
const withToken = (get: Get) => get('callers') === 'token'
/** Whether an endpoint may check JSON Web Tokens: it may not have been chosen yet, or have its authentication from the environment. */
function checksTokens(id: string): boolean {
    const endpoint = RED.nodes.node(id) as { auth?: string } | null
    return !endpoint || endpoint.auth === 'jwt' || endpoint.auth?.startsWith('${') === true
}
const ofSend = (icon: string) => ({ icon, when: isSend })

const fields = {
    operation: { icon: 'cog' },
    callers: {
        icon: 'shield',
        against: (callers: unknown, get: Get) => (callers === 'token' && !checksTokens(get('endpoint')) ? 'invalid.noTokens' : undefined),
    },
    callerRole: { icon: 'id-badge', when: withToken },
    token: { icon: 'key', when: withToken },
    account: { icon: 'id-card-o' },
    device: { icon: 'hdd-o', when: (get: Get) => isSend(get) || isList(get) },
    component: ofSend('cube'),
    command: ofSend('terminal'),
    params: ofSend('list'),
    commandId: { icon: 'hashtag', when: isOfOne },
    caller: ofSend('user-o'),
    origin: ofSend('sign-in'),
    notAfter: ofSend('calendar-times-o'),
    idempotencyKey: ofSend('clone'),
    collapseKey: ofSend('compress'),
    wait: ofSend('hourglass-half'),
    limit: { icon: 'list-ol', when: isList },
    keep: ofSend('inbox'),
    ttl: { when: isSend },
    timeout: { when: isSend },
    resend: ofSend('repeat'),
    listed: ofSend('book'),
    depth: ofSend('bars'),
}
// How a command is delivered seldom differs from the defaults.
const folded = { delivery: ['notAfter', 'idempotencyKey', 'collapseKey', 'keep', 'ttl', 'timeout', 'resend', 'depth'] } as const

RED.nodes.registerType('socketworks-device-command', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-command.svg',
    inputs: 1,
    ...outputs('common.output.done', 'common.output.refused', 'output.ended'),
    ...form('device-command', DeviceCommandConfig, fields, folded),
    label() {
        const of = {
            send: 'label.palette',
            get: 'label.get',
            list: 'label.list',
            withdraw: 'label.withdraw',
            devices: 'label.devices',
            check: 'label.check',
        }
        return this.name || this._(of[this.operation ?? 'send'])
    },
})
