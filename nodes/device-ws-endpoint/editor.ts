import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { opened, showing } from '../../src/editor/dialog.ts'
import '../../src/editor/style.ts'
import { credentials, DeviceWsEndpointConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-device-ws-endpoint', {
    category: 'config',
    defaults: defaults('device-ws-endpoint', DeviceWsEndpointConfig, {
        path: { invalid: 'invalid.path' },
        jwksUrl: { invalid: 'invalid.jwksUrl' },
        origins: { invalid: 'invalid.origins' },
    }),
    credentials,
    label() {
        const port = Number(this.port) > 0 ? `:${this.port}` : ''
        return this.name || `${port}${this.path || '/devices'}`
    },
    labelStyle() {
        return this.name ? 'node_label_italic' : ''
    },
    oneditprepare() {
        opened(this, 'node-config-input')
        if (Number(this.port) === 0) $('#node-config-input-port').val('')
        $('#node-config-input-key').on('paste', pasteKey)
        // A variable of the environment may turn out to be either.
        showing('#node-config-input-auth', (auth) => ({
            '.socketworks-endpoint-open': auth === 'none',
            '.socketworks-endpoint-token': auth !== 'none' && auth !== 'jwt',
            '.socketworks-endpoint-jwt': auth !== 'none' && auth !== 'token',
        }))
    },
})

/** A field of one line would lose the line ends of a PEM file: they are written out instead. */
function pasteKey(event: JQuery.TriggeredEvent): void {
    const pasted = (event.originalEvent as ClipboardEvent).clipboardData?.getData('text').trim() ?? ''
    if (!pasted.includes('\n')) return
    event.preventDefault()
    $(event.target).val(pasted.replace(/\r?\n/g, '\\n')).trigger('change')
}
