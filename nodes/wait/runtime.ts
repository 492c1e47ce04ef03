import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { callbacksOn } from '../../src/callback/index.ts'
import { systemClock } from '../../src/clock/index.ts'
import { seconds } from '../../src/input.ts'
import { configNode, defineNode, input, nameOf, openResponse, status } from '../../src/node-red/index.ts'
import { Waits } from '../../src/process/index.ts'
import type { StoreNode } from '../store-config/runtime.ts'
import { WaitConfig } from './schema.ts'

type Held = NodeMessage & { callback?: { id: string } }

export default defineNode('wait', WaitConfig, ({ RED, node, config, closed }) => {
    const { store } = configNode<StoreNode>(RED, config.store)
    const callbacks = callbacksOn(store, { clock: systemClock, id: randomUUID }, closed)
    const waits = new Waits<Held>({
        node: node.id,
        repository: store.waits,
        clock: systemClock,
        newId: randomUUID,
        release: (message) => node.send([Object.assign(message, { statusCode: 200 }), null, null]),
        changed: show,
        log: (text) => node.warn(text),
        signal: closed,
    })
    let tick: (() => void) | undefined
    closed.addEventListener('abort', () => tick?.())

    /** At most once a second, and not at all while nothing waits. */
    function show(): void {
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

    /** Somebody who waits for the answer ends the waiting by going away; whoever is called back later does not. */
    function hold(msg: Held, dueAt: number): Promise<{ over: Promise<boolean> }> | { over: Promise<boolean> } {
        const response = msg.callback ? undefined : openResponse(msg)
        if (!response) return waits.keep(msg, dueAt, msg.callback?.id ?? null)
        return waits.hold(msg, dueAt, (drop) => response.once('close', drop))
    }

    store.onHealth(show, closed)
    // A message that goes on earlier would pass for one that was lost, and its callback would be answered with a failure.
    void callbacks.checked.then(() => waits.load())

    return {
        async input(msg: Held, send) {
            const duration = seconds(nameOf(config, 'duration'), await input(RED, node, config, 'duration', msg))
            if (msg.callback) void callbacks.accepted(msg.callback.id, msg.payload)
            const { over } = await hold(msg, systemClock.now() + Math.ceil(duration * 1000))
            send([null, null, Object.assign(RED.util.cloneMessage(msg), { statusCode: 200 })])
            if (await over) send([Object.assign(msg, { statusCode: 200 }), null, null])
        },
        async close(removed) {
            if (removed) await callbacks.abandon(await waits.clear())
        },
    }
})
