import type { NodeMessage } from 'node-red'
import { isMissing, nonNegative } from '../../src/input.ts'
import {
    answer,
    chosenSocket,
    configNode,
    defineNode,
    input,
    nameOf,
    onAbandoned,
    type SocketNode,
    showSocket,
} from '../../src/node-red/index.ts'
import { type InstanceData, LONGEST_RUN, type Socket } from '../../src/power/index.ts'
import { StartInstanceConfig } from './schema.ts'

/** Instances that nobody waits for any more, by their socket, which was being deployed anew at that moment. */
const leftBehind = new Map<string, string[]>()

export default defineNode('start-instance', StartInstanceConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    const left = leftBehind.get(socket.id) ?? []
    leftBehind.delete(socket.id)
    for (const id of left) void end(socket, id)
    const unit = config.unit === 's' ? 1000 : 1

    /** In milliseconds; 0 means none. */
    async function timeout(msg: NodeMessage): Promise<number> {
        const given = await input(RED, node, config, 'timeout', msg)
        if (isMissing(given) && !config.required) return 0
        const time = nonNegative(nameOf(config, 'timeout'), given, LONGEST_RUN / unit)
        return time === 0 && !config.required ? 0 : time * unit + config.extra * 1000
    }

    /** Nobody may ever have heard of it, so that nobody else would stop it. */
    async function end(target: Socket, id: string): Promise<void> {
        try {
            await (closed.aborted ? configNode<SocketNode>(RED, target.id).socket : target).end(id)
        } catch {
            leftBehind.set(target.id, [...(leftBehind.get(target.id) ?? []), id])
        }
    }

    return {
        acts: true,
        async input(msg: NodeMessage & { callback?: unknown }, send) {
            const target = of(msg)
            let instance: InstanceData | undefined
            let gone = false
            if (config.withRequest && !msg.callback)
                onAbandoned(msg, () => {
                    gone = true
                    if (instance) void end(target, instance.id)
                })
            const time = await timeout(msg)
            if (gone) return
            instance = await target.start(time)
            if (gone) return end(target, instance.id)
            // Deployed anew without its socket: the caller was answered that nothing came of it, so that nothing may run.
            if (closed.aborted) await target.stop(instance.id)
            closed.throwIfAborted()
            send(answer(msg, { instance }))
        },
    }
})
