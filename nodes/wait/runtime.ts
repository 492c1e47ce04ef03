import { randomUUID } from 'node:crypto'
import { getHeapStatistics } from 'node:v8'
import type { NodeAPI, NodeMessage } from 'node-red'
import { Budget, memorySize, milliseconds, systemClock } from '../../src/lib/index.ts'
import {
    configuredIds,
    defineNode,
    durations,
    input,
    liveStatus,
    nameOf,
    openResponse,
    passOn,
    type StatusSource,
    status,
} from '../../src/node-red/index.ts'
import { Waits } from '../../src/process/index.ts'
import { tasksOn } from '../../src/tasks/index.ts'
import { useCallbacks } from '../callback-accept/client.ts'
import { behindStore } from '../store-config/client.ts'
import { WaitConfig } from './schema.ts'

type Held = NodeMessage & { callback?: { id: string }; req?: Record<string, unknown> }

/** What Node.js and Express hold for a connection whose request is open, in bytes. */
const CONNECTION = 24_576
/** Requests held in memory are the process's, whichever node holds them. */
const memory = new Budget(getHeapStatistics().heap_size_limit / 5)

export default defineNode('wait', WaitConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store, callbacks } = useCallbacks(context)
    let show = () => {}
    const waits = new Waits<Held>({
        node: node.id,
        tasks: tasksOn(store, { clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) }),
        memory,
        clock: systemClock,
        newId: randomUUID,
        // Callbacks are checked first: one whose message went on earlier would be answered as if that were lost.
        after: callbacks.checked,
        release: (message) => node.send([passOn(message), null, null]),
        lost: (ids) => callbacks.abandon(ids),
        changed: () => show(),
        log: (text) => node.warn(text),
        signal: closed,
    })
    const onChange: StatusSource['onChange'] = (changed, signal) => {
        show = eachSecond(changed, () => waits.size > 0, signal)
    }
    liveStatus(node, closed, behindStore(store, { look: () => look(RED, waits), onChange }))

    return {
        async input(msg: Held, send) {
            const given = await input(RED, node, config, 'duration', msg)
            const dueAt = systemClock.now() + Math.ceil(milliseconds(nameOf(config, 'duration'), given, durations[config.unit]))
            if (msg.callback) void callbacks.accepted(msg.callback.id, msg.payload)
            // The wait ends when a caller who waits for the answer goes away; with a callback it goes on.
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
            // Node-RED says the same of a node that is disabled, whose messages go on waiting.
            if (removed && !configuredIds(RED)(node.id)) await waits.clear()
            await waits.settled()
        },
    }
})

/** How many wait, and how long the next one still has to. */
const look = (RED: NodeAPI, { size, left = 0 }: Waits<Held>) =>
    size === 0 ? {} : status.waiting(RED._('status.waiting', { count: size, seconds: Math.ceil(left / 1000) }))

/** Runs something now, whenever it is called, and every second as long as there is a need. @returns what to call */
function eachSecond(run: () => void, isNeeded: () => boolean, signal: AbortSignal): () => void {
    let cancel: (() => void) | undefined
    signal.addEventListener('abort', () => cancel?.(), { once: true })
    return function next(): void {
        run()
        if (cancel || !isNeeded() || signal.aborted) return
        cancel = systemClock.after(1000, () => {
            cancel = undefined
            next()
        })
    }
}

/** What a message and the open request it is bound to take in memory. */
function requestBytes({ req = {}, res, ...message }: Held & { res?: unknown }): number {
    const { url, headers, rawHeaders, query, params, cookies, body, files } = req
    return CONNECTION + memorySize([message, url, headers, rawHeaders, query, params, cookies, body, files], memory.left)
}
