import { duration, flag, requiredNode, settings, text, timeUnit, typed } from '../../src/node-red/fields.ts'

export const StartInstanceConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    ...typed('timeout', { literals: ['num'], min: 0, unit: 'unit' }),
    unit: timeUnit('ms'),
    /** Refuses to start without a timeout. */
    required: flag(false),
    /** Stops the instance when whoever asked for it over HTTP goes away before the answer. */
    withRequest: flag(true),
    /** Added to the timeout: for the case that whatever was to stop the instance in time does not come. */
    extra: duration('s', { fallback: 0, min: 0, max: 86_400 }),
    /** Its part of the energy while others run as well, where the socket shares that by weight. */
    ...typed('weight', { literals: ['num'], min: 0 }),
    /** For whom it runs: *energy report* adds up what owners have used. */
    ...typed('owner', { literals: ['str'], blank: true }),
    /** The name of a lease: what runs for it is renewed, rather than another one started. */
    ...typed('lease', { literals: ['str'], blank: true }),
})
