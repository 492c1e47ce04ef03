import type { EditorRED } from 'node-red'
import * as v from 'valibot'
import { defaults } from '../../src/editor/defaults.ts'
import { doneOrRefused, named } from '../../src/editor/look.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import '../../src/editor/style.ts'
import { DeviceQueryConfig, former } from './schema.ts'

declare const RED: EditorRED

/** Whether a flow was saved with it before what it does became a node of its own: it is left as it is. */
const isFormer = ({ mode }: { mode?: string }) => mode === 'history' || mode === 'live'
const when = (node: object) => !isFormer(node)
const never = { when: () => false }

RED.nodes.registerType('socketworks-device-query', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-query.svg',
    inputs: 1,
    ...doneOrRefused,
    defaults: defaults('device-query', v.object({ ...DeviceQueryConfig.entries, ...former }), {
        store: { type: 'socketworks-store-config' },
        filter: { blank: true, when },
        sort: { blank: true, when },
        offset: { min: 0, max: 100_000, whole: true, when },
        limit: { min: 0, max: 100_000, whole: true, when },
        endpoint: { type: 'socketworks-device-ws-endpoint', required: () => false },
        device: never,
        property: never,
        from: never,
        to: never,
    }),
    ...named,
    onadd() {
        named.onadd.call(this)
        // The only endpoint there is would be given to it.
        if (!isFormer(this)) this.endpoint = ''
    },
    label() {
        return this.name || this._(isFormer(this) ? `label.${this.mode}` : 'label.palette')
    },
    oneditprepare() {
        typedInputs(this, { filter: ['json'], sort: ['json'], offset: ['num'], limit: ['num'] })
        $('#node-input-name').closest('.form-row').nextAll().toggle(!isFormer(this))
        $('.socketworks-former').toggle(isFormer(this))
    },
})
