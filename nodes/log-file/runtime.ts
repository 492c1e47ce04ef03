import { basename, resolve } from 'node:path'
import { lineOf, systemClock } from '../../src/lib/index.ts'
import { openLog } from '../../src/log/index.ts'
import { codeOf, defineNode, input, liveStatus, status } from '../../src/node-red/index.ts'
import { LogFileConfig } from './schema.ts'

export default defineNode('log-file', LogFileConfig, ({ RED, node, config, closed }) => {
    const file = resolve(RED.settings.userDir || process.cwd(), config.file)
    const log = openLog(file, config.by === 'day' ? { by: 'day', keep: config.keep } : { by: 'size', size: config.size }, systemClock)
    const look = () => (log.health.ok ? status.running(basename(config.file)) : status.broken(log.health.reason))
    liveStatus(node, closed, { look, onChange: (changed, signal) => log.onHealth(changed, signal) })
    return {
        changesState: true,
        handlesRefusal: ({ refusal }) => codeOf(refusal) !== 'LOG_UNAVAILABLE',
        async input(msg, send) {
            const line = lineOf(await input(RED, node, config, 'line', msg))
            await log.append(config.time ? `${new Date(systemClock.now()).toISOString()} ${line}` : line)
            Reflect.deleteProperty(msg, 'refusal')
            send(Object.assign(msg, { statusCode: 200 }))
        },
        close: () => log.close(),
    }
})
