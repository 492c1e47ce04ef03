import type { EditorRED } from 'node-red'
import { defaults } from '../../src/editor/defaults.ts'
import { current, opened, showing } from '../../src/editor/dialog.ts'
import { named } from '../../src/editor/look.ts'
import '../../src/editor/style.ts'
import { PowerMonitorConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-power-monitor', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-meter.svg',
    inputs: 0,
    outputs: 6,
    defaults: defaults('power-monitor', PowerMonitorConfig, {
        socket: { type: 'socketworks-socket-config' },
        finishPower: {
            against: (node, value) => (Number(value) > Number(current(node, 'startPower')) ? 'invalid.thresholds' : undefined),
        },
    }),
    ...named,
    outputLabels(index) {
        const kinds = ['output.reading', 'output.power', 'output.reachability', 'output.instance', 'output.emergency', 'output.appliance']
        return this._(kinds[index]!)
    },
    oneditprepare() {
        opened(this)
        showing('#node-input-detect', (detect) => ({ '.socketworks-power-detect': detect === 'true' }))
    },
})
