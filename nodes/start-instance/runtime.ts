import type { NodeMessage } from 'node-red'
import { MOST_WEIGHT } from '../../src/energy/index.ts'
import { isMissing, milliseconds, nonNegative, optional } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, durations, input, nameOf, onRequestOver } from '../../src/node-red/index.ts'
import { LONGEST_RUN, ownerIn } from '../../src/power/index.ts'
import { type SocketNode, useSocket } from '../socket-config/client.ts'
import { StartInstanceConfig } from './schema.ts'

type Message = NodeMessage & { callback?: unknown; res?: unknown }

export default defineNode('start-instance', StartInstanceConfig, (context) => {
    const { RED, node, config, closed } = context
    const { of } = useSocket(context)
    const bind = (socket: string, msg: NodeMessage) =>
        configNode<SocketNode>(RED, socket).requestedRuns.bind((over) => onRequestOver(msg, over))
    const unit = durations[config.unit]

    /** In milliseconds; 0 means none. */
    async function timeout(msg: NodeMessage): Promise<number> {
        const given = await input(RED, node, config, 'timeout', msg)
        if (isMissing(given) && !config.required) return 0
        const time = milliseconds(nameOf(config, 'timeout'), given, unit, LONGEST_RUN)
        return time === 0 && !config.required ? 0 : time + config.extra * 1000
    }

    /** Its part of the energy; undefined means that of everybody else. */
    const weight = async (msg: NodeMessage) =>
        optional(await input(RED, node, config, 'weight', msg), (given) => nonNegative(nameOf(config, 'weight'), given, MOST_WEIGHT))

    const owner = async (msg: NodeMessage) =>
        optional(await input(RED, node, config, 'owner', msg), (given) => ownerIn(nameOf(config, 'owner'), given))

    const leaseOf = async (msg: NodeMessage) =>
        optional(await input(RED, node, config, 'lease', msg), (given) => ownerIn(nameOf(config, 'lease'), given))

    return {
        changesState: true,
        async input(msg: Message, send) {
            const target = of(msg)
            const time = await timeout(msg)
            const share = await weight(msg)
            const name = await leaseOf(msg)
            if (name !== undefined) return send(started(msg, await target.lease({ name, timeout: time, weight: share })))
            // Whoever is called back does not wait for the answer.
            const request = config.withRequest && !msg.callback ? bind(target.id, msg) : undefined
            const whose = await owner(msg)
            if (request?.isGone) return
            const instance = await target.start(time, share, whose)
            await request?.begin(instance.id)
            if (request?.isGone) return
            // Deployed anew without its socket: the caller was answered that nothing came of it, so that nothing may run.
            if (closed.aborted) await target.stop(instance.id)
            closed.throwIfAborted()
            send(started(msg, instance))
        },
    }
})

/** The answer of the REST service is the instance alone. */
const started = (msg: Message, instance: { id: string }) => answer(msg, msg.res ? { instance } : { instance, instanceId: instance.id })
