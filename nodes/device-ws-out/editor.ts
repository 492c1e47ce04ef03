import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { current, showing } from '../../src/editor/dialog.ts'
import { named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { typedInputs } from '../../src/editor/typed.ts'
import { DeviceWsOutConfig } from './schema.ts'

declare const RED: EditorRED

/** What everybody is sent is kept for nobody. */
const isForMany = (to: string) => to === 'all' || to === 'others'
/** Blank means the first choice; a variable may turn out to be any. */
const isKept = (node: { id: string }) => !['', 'live'].includes(current(node, 'delivery')) && !isForMany(current(node, 'to'))
/** Whether it matters whom the settings name. */
const isForNamed = (to: string) => !['', 'reply'].includes(to) && !isForMany(to)

RED.nodes.registerType('socketworks-device-ws-out', {
    category: 'socketworks',
    color: '#C6B38F',
    icon: 'socketworks-device-out.svg',
    align: 'right',
    inputs: 1,
    outputs: 2,
    defaults: defaults('device-ws-out', DeviceWsOutConfig, {
        endpoint: { type: 'socketworks-device-ws-endpoint' },
        peer: { when: (node) => isForNamed(current(node, 'to')) },
        store: { type: 'socketworks-store-config', required: isKept },
    }),
    ...named,
    outputLabels(index) {
        return this._(index === 0 ? 'output.delivered' : 'common.output.refused')
    },
    oneditprepare() {
        typedInputs(this, { peer: ['str', 'json'], content: ['str', 'num', 'bool', 'json'], when: ['bool'] })
        const rows = () => {
            const to = current(this, 'to')
            return {
                '.socketworks-out-peer': isForNamed(to),
                '.socketworks-out-delivery': !isForMany(to),
                '.socketworks-out-kept': isKept(this),
            }
        }
        showing('#node-input-to', rows)
        showing('#node-input-delivery', rows)
    },
})
