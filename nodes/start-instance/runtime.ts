import type { NodeMessage } from 'node-red'
import { isMissing, nonNegative } from '../../src/input.ts'
import { answer, chosenSocket, defineNode, input, nameOf, showSocket } from '../../src/node-red/index.ts'
import { LONGEST_RUN } from '../../src/power/index.ts'
import { StartInstanceConfig } from './schema.ts'

export default defineNode('start-instance', StartInstanceConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    const unit = config.unit === 's' ? 1000 : 1

    /** In milliseconds; 0 means none. */
    async function timeout(msg: NodeMessage): Promise<number> {
        const given = await input(RED, node, config, 'timeout', msg)
        if (isMissing(given) && !config.required) return 0
        const time = nonNegative(nameOf(config, 'timeout'), given, LONGEST_RUN / unit)
        return time === 0 && !config.required ? 0 : time * unit + config.extra * 1000
    }

    return {
        async input(msg, send) {
            const target = of(msg)
            const instance = await target.start(await timeout(msg))
            // Deployed anew without its socket: the caller was answered that nothing came of it, so that nothing may run.
            if (closed.aborted) await target.stop(instance.id)
            closed.throwIfAborted()
            send(answer(msg, { instance }))
        },
    }
})
