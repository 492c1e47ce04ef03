import { systemClock } from '../../src/clock/index.ts'
import { answer, chosenSocket, defineNode, showSocket, stream } from '../../src/node-red/index.ts'
import { SocketStatusConfig } from './schema.ts'

const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="server_state.json"',
}

export default defineNode('socket-status', SocketStatusConfig, ({ RED, node, config, closed }) => {
    const { socket, of } = chosenSocket(RED, config.socket)
    showSocket(RED, node, socket, closed)
    return {
        async input(msg, send) {
            const target = of(msg)
            await target.ready()
            const { records } = target
            if (config.content !== 'file')
                return send(answer(msg, config.content === 'download' ? await records.download() : records.status))
            const isTaken = await stream(msg, records.file(), { headers, clock: systemClock, signal: closed })
            if (isTaken) send(answer(msg, {}))
        },
    }
})
