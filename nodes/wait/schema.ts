import { requiredNode, settings, text, timeUnit, typed } from '../../src/node-red/fields.ts'

export const WaitConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    ...typed('duration', { literals: ['num'], min: 0, unit: 'unit' }),
    unit: timeUnit('s'),
})
