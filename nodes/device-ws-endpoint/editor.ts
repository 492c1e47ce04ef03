import type { EditorRED } from 'node-red'
import { configForm, type Get } from '../../src/editor/index.ts'
import { credentials, DeviceWsEndpointConfig } from './schema.ts'

declare const RED: EditorRED

/** A variable of the environment may turn out to be either. */
const isToken = (get: Get) => get('auth') !== 'none' && get('auth') !== 'jwt'
const isJwt = (get: Get) => get('auth') !== 'none' && get('auth') !== 'token'

const isChannels = (get: Get) => get('protocol') === 'channels'
const hasBroker = (get: Get) => !['', '_ADD_'].includes(get('broker'))

const dialog = configForm(
    'device-ws-endpoint',
    DeviceWsEndpointConfig,
    {
        path: { icon: 'link', invalid: 'invalid.path' },
        protocol: { icon: 'comments-o' },
        store: { when: isChannels, required: isChannels },
        subscribe: { icon: 'rss', invalid: 'invalid.rules', when: isChannels },
        publish: { icon: 'bullhorn', invalid: 'invalid.rules', when: isChannels },
        auth: { icon: 'shield', note: (get) => (get('auth') === 'none' ? 'hint.none' : '') },
        token: { when: isToken },
        key: { when: isJwt },
        jwksUrl: { icon: 'cloud-download', placeholder: 'https://login.example.org/jwks.json', invalid: 'invalid.jwksUrl', when: isJwt },
        issuer: { icon: 'university', when: isJwt },
        audience: { icon: 'users', when: isJwt },
        accountClaim: { icon: 'id-card-o', when: isJwt },
        lasting: { icon: 'hourglass-o', when: isJwt },
        revoked: { icon: 'ban', when: isJwt },
        origins: { icon: 'globe', invalid: 'invalid.origins' },
        duplicate: { icon: 'clone' },
        host: { icon: 'plug' },
        maxConnections: { icon: 'users' },
        maxFrame: { icon: 'arrows-h' },
        rate: { icon: 'tachometer', unit: 'unit.perSecond' },
        pingInterval: { icon: 'heartbeat' },
        jitter: { icon: 'random' },
        highWater: { icon: 'inbox' },
        compression: { icon: 'compress' },
        broker: { icon: 'heartbeat' },
        heartbeatTopic: { icon: 'tag', when: hasBroker },
        heartbeatInterval: { when: hasBroker },
    },
    {
        advanced: ['port', 'host', 'maxConnections', 'maxFrame', 'rate', 'pingInterval', 'jitter', 'highWater', 'compression'],
        heartbeat: ['broker', 'heartbeatTopic', 'heartbeatInterval'],
    },
    credentials,
)

RED.nodes.registerType('socketworks-device-ws-endpoint', {
    category: 'config',
    ...dialog,
    credentials,
    label() {
        const port = Number(this.port) > 0 ? `:${this.port}` : ''
        return this.name || `${port}${this.path || '/devices'}`
    },
    oneditprepare() {
        if (Number(this.port) === 0) $('#node-config-input-port').val('')
        $('#node-config-input-key').on('paste', pasteKey)
        dialog.oneditprepare.call(this)
    },
})

/** A field of one line would lose the line ends of a PEM file: they are written out instead. */
function pasteKey(event: JQuery.TriggeredEvent): void {
    const pasted = (event.originalEvent as ClipboardEvent).clipboardData?.getData('text').trim() ?? ''
    if (!pasted.includes('\n')) return
    event.preventDefault()
    $(event.target).val(pasted.replace(/\r?\n/g, '\\n')).trigger('change')
}
