import type { EditorRED } from 'node-red'
import { form, type Get, outputs } from '../../src/editor/index.ts'
import { PowerMonitorConfig } from './schema.ts'

declare const RED: EditorRED

const detects = (get: Get) => get('detect') === 'true'
const watts = { unit: 'common.unit.watts', when: detects }

RED.nodes.registerType('socketworks-power-monitor', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-meter.svg',
    inputs: 1,
    ...outputs('output.reading', 'output.power', 'output.reachability', 'output.instance', 'output.emergency', 'output.appliance'),
    ...form('power-monitor', PowerMonitorConfig, {
        detect: { icon: 'magic' },
        startPower: { icon: 'bolt', ...watts },
        startHold: { when: detects },
        finishPower: {
            icon: 'leaf',
            ...watts,
            against: (value, get) => (Number(value) > Number(get('startPower')) ? 'invalid.thresholds' : undefined),
        },
        finishHold: { when: detects },
        // What was saved without these settings goes on as before; a new node knows pauses and tells of silence.
        longestPause: { icon: 'pause', initial: '5 min', when: detects },
        shortestRun: { initial: '1 min', when: detects },
        silence: { icon: 'bell-slash-o', initial: '5 min', when: detects },
        learnFor: { icon: 'graduation-cap', when: detects },
    }),
})
