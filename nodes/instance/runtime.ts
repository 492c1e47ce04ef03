import type { NodeMessage } from 'node-red'
import { moment, optional, wholeNumber, word } from '../../src/lib/index.ts'
import { answer, defineNode, type Handlers, input, nameOf, type Setup } from '../../src/node-red/index.ts'
import { instanceHints, instanceIdOf, useSocket } from '../socket-config/client.ts'
import { InstanceConfig } from './schema.ts'

/** Instances in one answer: unless told otherwise, and at the most. */
const [USUAL, MOST] = [100, 1000]
/** Readings of one instance in an answer, at the most. */
const MOST_READINGS = 10_000

const setup = (context: Setup<typeof InstanceConfig, never>): Handlers => {
    const { RED, node, config } = context
    const { of } = useSocket(context)
    const value = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)

    async function query(msg: NodeMessage) {
        const state = optional(await value('state', msg), (given) => word(nameOf(config, 'state'), given, ['running', 'stopped']))
        const from = optional(await value('from', msg), (given) => moment(nameOf(config, 'from'), given))
        const to = optional(await value('to', msg), (given) => moment(nameOf(config, 'to'), given))
        const limit = optional(await value('limit', msg), (given) => wholeNumber(nameOf(config, 'limit'), given, 1, MOST)) ?? USUAL
        return { state, from, to, limit }
    }

    const readings = async (msg: NodeMessage) =>
        optional(await value('readings', msg), (given) => wholeNumber(nameOf(config, 'readings'), given, 0, MOST_READINGS))

    return {
        changesState: config.operation === 'delete',
        async input(msg, send) {
            const target = of(msg)
            if (config.operation === 'list') {
                const instances = await target.list(await query(msg), await readings(msg))
                return send(answer(msg, { instances }))
            }
            const id = await instanceIdOf(context, msg)
            const instance = await (config.operation === 'delete' ? target.delete(id) : target.get(id, await readings(msg)))
            send(answer(msg, { instance }))
        },
    }
}

export default defineNode('instance', InstanceConfig, setup, { inputHints: instanceHints })
