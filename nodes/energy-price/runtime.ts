import { nonNegative, optional } from '../../src/lib/index.ts'
import { answer, defineNode, input, nameOf } from '../../src/node-red/index.ts'
import { useSocket } from '../socket-config/client.ts'
import { EnergyPriceConfig } from './schema.ts'

export default defineNode('energy-price', EnergyPriceConfig, (context) => {
    const { RED, node, config } = context
    const { of } = useSocket(context)
    return {
        changesState: true,
        async input(msg, send) {
            const target = of(msg)
            const given = await input(RED, node, config, 'price', msg)
            const price = optional(given, (value) => nonNegative(nameOf(config, 'price'), value)) ?? null
            await target.setPrice(price)
            send(answer(msg, { price }))
        },
    }
})
