import { requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const EnergyPriceConfig = settings({
    name: text(),
    socket: requiredNode('socketworks-socket-config'),
    ...typed('price', { literals: ['num'], min: 0 }),
})
