import { choice, duration, number, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

const DAY = 86_400

export const ThermostatConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the lease that power is asked for with. */
    lease: text('heater'),
    action: choice('heat', 'cool'),
    control: choice('hysteresis', 'pid'),
    ...typed('value', { literals: ['num'] }),
    ...typed('setPoint', { literals: ['num'] }),
    ...typed('mode', { literals: ['str'], words: ['auto', 'off', 'manual'], blank: true }),
    /** The part of full power by hand. */
    ...typed('power', { literals: ['num'], min: 0, max: 1 }),
    /** Hysteresis: so far from the set-point it goes on, and off on the other side. */
    band: number({ fallback: 0.2, min: 0, max: 1e6 }),
    /** PID: the part of full power for each degree. */
    gain: number({ fallback: 0.5, min: 0, max: 1e6 }),
    integral: duration('s', { fallback: 1800, min: 1, max: 365 * DAY }),
    derivative: duration('s', { fallback: 0, min: 0, max: DAY }),
    cycle: duration('s', { fallback: 600, min: 1, max: DAY }),
    minOn: duration('s', { fallback: 60, min: 0, max: DAY }),
    minOff: duration('s', { fallback: 60, min: 0, max: DAY }),
    /** Without a value for so long the sensor is lost. */
    sensorLost: duration('s', { fallback: 300, min: 1, max: DAY }),
    /** So is one whose value has not changed at all while power was on for so long; 0 for never. */
    stuckAfter: duration('s', { fallback: 1800, min: 0, max: 30 * DAY }),
    /** How often power is asked for, ... */
    renew: duration('s', { fallback: 30, min: 0.1, max: 3600 }),
    /** ... and for how long. */
    timeout: duration('s', { fallback: 120, min: 2, max: DAY }),
})
