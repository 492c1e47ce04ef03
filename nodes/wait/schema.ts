import { chosen, settings, text, typed, unit } from '../../src/node-red/fields.ts'

export const WaitConfig = settings({
    name: text(),
    store: chosen('store-config'),
    ...typed('duration', { literals: ['num'], min: 0, unit: 'unit' }),
    unit: unit('s'),
})
