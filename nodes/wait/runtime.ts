import { randomUUID } from 'node:crypto'
import { getHeapStatistics } from 'node:v8'
import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { callbacksOn } from '../../src/callback/index.ts'
import { Budget, milliseconds, systemClock } from '../../src/lib/index.ts'
import {
    configNode,
    configuredIds,
    defineNode,
    durations,
    input,
    nameOf,
    openResponse,
    passOn,
    status,
    surroundings,
} from '../../src/node-red/index.ts'
import { Waits, weigh } from '../../src/process/index.ts'
import { tasksOn } from '../../src/tasks/index.ts'
import type { StoreNode } from '../store-config/client.ts'
import { WaitConfig } from './schema.ts'

type Held = NodeMessage & { callback?: { id: string }; req?: Record<string, unknown> }

/** What Node.js and Express hold for a connection whose request is open, in bytes. */
const CONNECTION = 24_576
/** Requests held in memory are the process's, whichever node holds them. */
const memory = new Budget(getHeapStatistics().heap_size_limit / 5)

export default defineNode('wait', WaitConfig, ({ RED, node, config, closed }) => {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const callbacks = callbacksOn(store, { bus, clock: systemClock, id: randomUUID, ...surroundings(RED) }, closed)
    const waits = new Waits<Held>({
        node: node.id,
        tasks: tasksOn(store, { clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) }),
        memory,
        clock: systemClock,
        newId: randomUUID,
        // A message that goes on earlier would pass for one that was lost, and its callback would be answered with a failure.
        after: callbacks.checked,
        release: (message) => node.send([passOn(message), null, null]),
        lost: (ids) => callbacks.abandon(ids),
        changed: () => show(),
        log: (text) => node.warn(text),
        signal: closed,
    })
    const show = display(RED, node, store, waits, closed)
    store.onHealth(show, closed)

    return {
        async input(msg: Held, send) {
            const given = await input(RED, node, config, 'duration', msg)
            const dueAt = systemClock.now() + Math.ceil(milliseconds(nameOf(config, 'duration'), given, durations[config.unit]))
            if (msg.callback) void callbacks.accepted(msg.callback.id, msg.payload)
            // Somebody who waits for the answer ends the waiting by going away; whoever is called back later does not.
            const response = msg.callback ? undefined : openResponse(msg)
            if (!response) {
                await waits.keep(msg, dueAt, msg.callback?.id ?? null)
                return send([null, null, passOn(msg)])
            }
            const over = waits.hold(requestBytes(msg), dueAt, (drop) => response.once('close', drop))
            send([null, null, passOn(RED.util.cloneMessage(msg))])
            if (await over) send([passOn(msg), null, null])
        },
        async close(removed) {
            // One that is disabled is told so, too, but will be back.
            if (removed && !configuredIds(RED)(node.id)) await waits.clear()
            await waits.settled()
        },
    }
})

/** @returns what shows how many wait and for how long: at most once a second, and not at all while nothing waits */
function display(RED: NodeAPI, node: Node, store: StoreNode['store'], waits: Waits<Held>, closed: AbortSignal): () => void {
    let tick: (() => void) | undefined
    closed.addEventListener('abort', () => tick?.())
    return function show(): void {
        if (tick || closed.aborted) return
        if (!store.health.ok) node.status(status.broken('common.status.storeAway'))
        else if (waits.size === 0) return void node.status({})
        else {
            node.status(status.waiting(RED._('status.waiting', { count: waits.size, seconds: Math.ceil((waits.left ?? 0) / 1000) })))
        }
        tick = systemClock.after(1000, () => {
            tick = undefined
            show()
        })
    }
}

/** What a message and the open request it is bound to take in memory. */
function requestBytes({ req = {}, res, ...message }: Held & { res?: unknown }): number {
    const { url, headers, rawHeaders, query, params, cookies, body, files } = req
    return CONNECTION + weigh([message, url, headers, rawHeaders, query, params, cookies, body, files], memory.left)
}
