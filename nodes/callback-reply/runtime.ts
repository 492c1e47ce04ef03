import { randomUUID } from 'node:crypto'
import { getHeapStatistics } from 'node:v8'
import type { NodeAPI, NodeMessage, NodeStatus } from 'node-red'
import { callbacksOn, type Outcome, type Tally } from '../../src/callback/index.ts'
import { Budget, Refusal, systemClock } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, status, surroundings } from '../../src/node-red/index.ts'
import { weigh } from '../../src/process/index.ts'
import type { StoreNode } from '../store-config/client.ts'
import { CallbackReplyConfig } from './schema.ts'

const HOUR = 3_600_000
/** What may stay in memory of messages whose answers are on their way, in bytes: of all nodes together. */
const memory = new Budget(getHeapStatistics().heap_size_limit / 20)

type Called = NodeMessage & { callback?: { id?: unknown } | null; statusCode?: unknown }

export default defineNode('callback-reply', CallbackReplyConfig, ({ RED, node, config, closed, refuse }) => {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const callbacks = callbacksOn(store, { bus, clock: systemClock, id: randomUUID, ...surroundings(RED) }, closed)
    let tally: Tally = { pending: 0, failure: undefined }
    let isAway = false
    let shown = '{}'

    function show(): void {
        if (closed.aborted) return
        const now = look(RED, isAway, tally)
        if (JSON.stringify(now) !== shown) node.status(now)
        shown = JSON.stringify(now)
    }
    const changed = (now: Tally) => {
        tally = now
        show()
    }
    /** Of answers that were given before a restart: nothing else is left of their messages. */
    const outcome = ({ callback, payload, refusal }: Outcome) =>
        refusal ? refuse({ callback } as NodeMessage, refusal) : node.send(answer({ callback } as NodeMessage, payload as object))

    callbacks.attach(node.id, { giveUp: config.giveUp * HOUR, outcome, changed }, closed)
    // A store that is only just being opened is not away.
    store.onHealth(({ ok }) => {
        isAway = !ok
        show()
    }, closed)
    return {
        tellsOf: () => true,
        async input(msg: Called, send) {
            const id = msg.callback?.id
            if (typeof id !== 'string') return send([null, null, msg])
            // The caller was answered at once: what is left of that request must not be answered, nor kept alive, from here.
            delete msg.req
            delete msg.res
            const { body, isWhole } = bodyOf(msg)
            if (!isWhole) {
                await callbacks.reply(id, node.id, body, closed)
                throw new Refusal(422, 'NOT_STORABLE', 'msg.payload cannot be written as JSON')
            }
            // It is in the body that is kept: delivering may take a day.
            delete msg.payload
            const bytes = weigh(msg, memory.left)
            if (!memory.take(bytes)) return callbacks.replyLater(id, node.id, body, closed)
            try {
                const { payload, refusal } = await callbacks.reply(id, node.id, body, closed)
                if (refusal) throw refusal
                send(answer(msg, payload as object))
            } finally {
                memory.give(bytes)
            }
        },
    }
})

function look(RED: NodeAPI, isAway: boolean, { pending, failure }: Tally): NodeStatus {
    if (isAway) return status.broken('common.status.storeAway')
    if (failure) return status.broken(failure.slice(0, 60))
    return pending > 0 ? status.waiting(RED._('status.pending', { count: pending })) : ({} as NodeStatus)
}

/** The promise stands whatever the payload is: one that is no JSON is answered with a failure. */
function bodyOf({ payload, statusCode }: Called): { body: string; isWhole: boolean } {
    const message = Number(statusCode ?? 200) < 400 ? 'done' : 'failed'
    try {
        if (typeof payload === 'string' || typeof payload === 'number' || typeof payload === 'boolean')
            return { body: JSON.stringify({ message: String(payload) }), isWhole: true }
        const given: unknown = JSON.parse(JSON.stringify(payload) ?? 'null')
        const fields = Array.isArray(given) || typeof given !== 'object' ? { message: JSON.stringify(given) } : given
        return { body: JSON.stringify({ message, ...fields }), isWhole: true }
    } catch {
        return { body: JSON.stringify({ message: 'the answer cannot be written as JSON' }), isWhole: false }
    }
}
