import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Node, NodeAPI } from 'node-red'
import type * as v from 'valibot'
import { LocalBus } from '../../src/bus/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import {
    configuredIds,
    defineNode,
    liveStatus,
    offer,
    SocketworksError,
    type StatusSource,
    secret,
    status,
    surroundings,
    troubleReporter,
} from '../../src/node-red/index.ts'
import { sweepStates } from '../../src/process/index.ts'
import { type Store, type StoreHealth, shareStore } from '../../src/stores.ts'
import { sweepTasks, tasksOn } from '../../src/tasks/index.ts'
import type { StoreNode } from './client.ts'
import { credentials, StoreConfig } from './schema.ts'

export default defineNode(
    'store-config',
    StoreConfig,
    ({ RED, node, config, credentials, closed }) => {
        const { store, health, left, close } = shareStore({
            file: config.kind === 'memory' ? ':memory:' : resolve(RED.settings.userDir || process.cwd(), config.file),
            url: serverOf(RED, node, config, credentials.url),
            retentionDays: config.retention,
            rollupDays: [config.keepMinutes, config.keepQuarters, config.keepHours],
            limits: { instanceDays: config.keepInstances, mostInstances: config.mostInstances },
            mostBytes: config.mostSpace * 1_048_576,
            clock: systemClock,
            log: (level, text) => node[level === 'info' ? 'log' : level](text),
        })
        const bus = store.once('bus', () => new LocalBus({ clock: systemClock, log: (text) => RED.log.warn(text) }))
        offer<StoreNode>(node, { store, bus, left: left as StoreNode['left'] })
        liveStatus(node, closed, statusOf(store, health))
        const report = troubleReporter(node, 'STORE_UNAVAILABLE')
        let isAway = false
        const heard = (health: StoreHealth) => {
            if (health.ok && isAway) node.log('the store can be used again')
            report(health.ok ? undefined : health.reason)
            isAway = !health.ok
        }
        store.onHealth(heard, closed)
        if (health) heard(health)
        const nodes = { clock: systemClock, exists: () => configuredIds(RED) }
        void sweepStates({ states: store.states, ...nodes }, closed)
        const { log, onDeployed } = surroundings(RED)
        sweepTasks(
            { tasks: tasksOn(store, { clock: systemClock, newId: randomUUID, log, ended: endedIn(left) }), onDeployed, ...nodes },
            closed,
        )
        return { close }
    },
    { credentials },
)

/** @param known undefined while the store is being opened */
function statusOf(store: Store, known: StoreHealth | undefined): StatusSource {
    return {
        look() {
            if (!known) return status.connecting('node-red:common.status.connecting')
            const trouble = known.ok ? known.warning : known.reason
            return trouble === undefined ? status.running('status.open') : status.broken(trouble)
        },
        onChange(changed, signal) {
            const heard = (health: StoreHealth) => {
                known = health
                changed()
            }
            store.onHealth(heard, signal)
        },
    }
}

/** The tasks that have ended, but are still in the database, which was away: one deploy hands them on to the next. */
function endedIn(left: Map<string, unknown>): Set<string> {
    const ended = left.get('ended tasks') ?? new Set<string>()
    left.set('ended tasks', ended)
    return ended as Set<string>
}

/** The URL of the PostgreSQL server, if that is where everything is kept: a file gives way to the server that a variable names. */
function serverOf(RED: NodeAPI, node: Node, { kind, urlEnv }: v.InferOutput<typeof StoreConfig>, given: string | undefined) {
    if (kind === 'memory') return undefined
    const url = secret(RED, node, kind === 'postgres' ? given : undefined, urlEnv)
    if (url !== '') return url
    if (kind === 'file') return undefined
    throw new SocketworksError('BAD_CONFIG', `no URL of a PostgreSQL server: ${urlEnv ? `${urlEnv} is not set` : 'none is given'}`)
}
