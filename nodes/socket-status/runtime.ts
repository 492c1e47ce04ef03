import { systemClock } from '../../src/lib/index.ts'
import { answer, defineNode, ListJson, quickJson, stream } from '../../src/node-red/index.ts'
import { useSocket } from '../socket-config/client.ts'
import { SocketStatusConfig } from './schema.ts'

const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="server_state.json"',
}

export default defineNode('socket-status', SocketStatusConfig, (context) => {
    const { config, closed } = context
    const { of } = useSocket(context)
    const running = new ListJson()
    return {
        async input(msg, send) {
            const target = of(msg)
            if (config.content === 'download') return send(answer(msg, await target.download()))
            if (config.content !== 'file') {
                const status = await target.status()
                quickJson(msg, status, 'runningInstances', running)
                return send(answer(msg, status))
            }
            const isTaken = await stream(msg, target.file(), { headers, clock: systemClock, signal: closed })
            if (isTaken) send(answer(msg, {}))
        },
    }
})
