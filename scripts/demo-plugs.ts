// The simulated plugs of `npm start`, and what their counters say, which a plug keeps when its mains are gone.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CurveName } from '../simulators/plug/curves.ts'
import type { Counters } from '../simulators/plug/meter.ts'

export interface DemoPlug {
    topic: string
    /** What it calls itself. */
    name: string
    curve: CurveName
    /** Whether somebody has pressed its button before anything starts. */
    isOn: boolean
    /** The id of its socket's configuration node. */
    socket: string
    /** For a plug beside that of the examples: of its tab, and of its REST service below `/<slug>/api`. */
    own?: { slug: string; label: string; idleInterval: string }
}

/** Of a kWh, for all of them. */
export const TARIFF = '22:00-06:00 0.24, 0.36'

/** @param topic of the plug that the examples use */
export const demoPlugs = (topic: string): DemoPlug[] => [
    { topic, name: 'Heater (simulated)', curve: 'heater', isOn: false, socket: 'socketworks.socket' },
    {
        topic: 'washing-machine',
        name: 'Washing machine (simulated)',
        curve: 'washer',
        isOn: true,
        socket: 'washing-machine.socket',
        own: { slug: 'washing-machine', label: 'Washing machine', idleInterval: '5 s' },
    },
    {
        topic: 'tv-standby',
        name: 'TV in standby (simulated)',
        curve: 'idle',
        isOn: true,
        socket: 'standby.socket',
        own: { slug: 'standby', label: 'TV in standby', idleInterval: '30 s' },
    },
]

/** By topic, with the time when they were read, in milliseconds since 1970. */
export type KeptCounters = Record<string, Counters & { at: number }>

const fileIn = (userDir: string) => join(userDir, 'demo-plugs.json')

export function loadCounters(userDir: string): KeptCounters {
    try {
        return JSON.parse(readFileSync(fileIn(userDir), 'utf8'))
    } catch {
        return {}
    }
}

export const saveCounters = (userDir: string, counters: KeptCounters): void =>
    writeFileSync(fileIn(userDir), `${JSON.stringify(counters, null, 4)}\n`)
