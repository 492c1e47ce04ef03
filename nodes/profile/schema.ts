import { choice, duration, number, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const ProfileConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** What profiles are played for: the nodes of the same store and vessel share what is played. */
    vessel: text('vessel'),
    operation: choice(
        ...(['action', 'start', 'pause', 'resume', 'continue', 'skip', 'back', 'confirm', 'stop', 'queue'] as const),
        ...(['edit', 'preview', 'check', 'measured', 'get', 'versions'] as const),
    ),
    /** Which operation, if each message says that. */
    ...typed('action', { literals: ['str'] }),
    ...typed('profile', { literals: ['json'] }),
    /** What was measured. */
    ...typed('value', { literals: ['num'] }),
    /** What set-points may be. */
    least: number({ fallback: -50, min: -1e9, max: 1e9 }),
    most: number({ fallback: 150, min: -1e9, max: 1e9 }),
    /** The steps in which a ramp is told. */
    resolution: number({ fallback: 0.1, min: 0.000001, max: 1e6 }),
    /** What is done after a time in which Node-RED did not run, ... */
    outage: choice('continue', 'resume', 'ask'),
    /** ... if that was longer than this. */
    outageAfter: duration('s', { fallback: 300, min: 120, max: 86_400 }),
    /** Who does that, for the record. */
    ...typed('by', { literals: ['str'], blank: true }),
    /** Versions of a list. */
    ...typed('limit', { literals: ['num'], min: 1, max: 1000, whole: true }),
})
