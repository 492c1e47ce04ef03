import { isMissing, nonNegative } from '../../src/input.ts'
import { answer, chosenSocket, defineNode, input, showSocket } from '../../src/node-red/index.ts'
import { LONGEST_RUN } from '../../src/power/index.ts'
import { StartInstanceConfig } from './schema.ts'

export default defineNode('start-instance', StartInstanceConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        async input(msg, send) {
            const timeout = await input(RED, node, config, 'timeout', msg)
            const instance = await of(msg).start(isMissing(timeout) ? 0 : nonNegative('timeout', timeout, LONGEST_RUN))
            send(answer(msg, { instance }))
        },
    }
})
