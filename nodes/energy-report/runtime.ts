import type { NodeMessage } from 'node-red'
import { isMissing, systemClock } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, input, liveStatus, nameOf, passOn, status } from '../../src/node-red/index.ts'
import { EnergyReports, type ReportInput, reportCsv, reportQuery } from '../../src/power/index.ts'
import { socketsOf } from '../socket-config/client.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { EnergyReportConfig } from './schema.ts'

type Message = NodeMessage & { req?: { headers?: Record<string, unknown> } | null; headers?: unknown }

const keys = ['from', 'to', 'bucket', 'points', 'timeZone', 'instanceId', 'by', 'format'] as const satisfies readonly (keyof ReportInput)[]

export default defineNode('energy-report', EnergyReportConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store } = configNode<StoreNode>(RED, config.store)
    const sockets = socketsOf(store)
    const reports = store.once('energy reports', () => new EnergyReports(store.power, systemClock))
    liveStatus(node, closed, behindStore(store, { look: () => status.idle('status.ready'), onChange: () => {} }))
    const name = (key: keyof ReportInput) => nameOf(config, key)

    return {
        async input(msg: Message, send) {
            const given: ReportInput = {}
            for (const key of keys) given[key] = await input(RED, node, config, key, msg)
            if (isMissing(given.format) && wantsCsv(msg)) given.format = 'csv'
            const query = reportQuery(given, name)
            const of = sockets.named(await input(RED, node, config, 'sockets', msg))
            const report = await reports.report(of, query, name)
            if (query.format === 'json') return send(answer(msg, report))
            const headers = { ...Object(msg.headers), 'content-type': 'text/csv; charset=utf-8; header=present' }
            send(passOn(Object.assign(msg, { payload: reportCsv(report), headers })))
        },
    }
})

/** Whether whoever asked over HTTP would rather have CSV. */
const wantsCsv = ({ req }: Message) => /^\s*text\/csv\b/i.test(String(req?.headers?.accept ?? ''))
