import { getHeapStatistics } from 'node:v8'
import type { NodeAPI, NodeMessage } from 'node-red'
import { bodyOf, type DeliveryOutcome, type DeliveryTally } from '../../src/callback/index.ts'
import { Budget, memorySize, Refusal } from '../../src/lib/index.ts'
import { answer, defineNode, liveStatus, status } from '../../src/node-red/index.ts'
import { useCallbacks } from '../callback-accept/client.ts'
import { behindStore } from '../store-config/client.ts'
import { CallbackReplyConfig } from './schema.ts'

const HOUR = 3_600_000
/** What may stay in memory of messages whose answers are on their way, in bytes: of all nodes together. */
const memory = new Budget(getHeapStatistics().heap_size_limit / 20)

type Called = NodeMessage & { callback?: { id?: unknown } | null; statusCode?: unknown }

export default defineNode('callback-reply', CallbackReplyConfig, (context) => {
    const { RED, node, config, closed, refuse } = context
    const { store, callbacks } = useCallbacks(context)
    let tally: DeliveryTally = { pending: 0, failure: undefined }
    let show = () => {}
    const changed = (now: DeliveryTally) => {
        tally = now
        show()
    }
    /** Of answers that were given before a restart: nothing else is left of their messages. */
    const outcome = ({ callback, payload, refusal }: DeliveryOutcome) =>
        refusal ? refuse({ callback } as NodeMessage, refusal) : node.send(answer({ callback } as NodeMessage, payload as object))
    callbacks.attach(node.id, { giveUp: config.giveUp * HOUR, outcome, changed }, closed)
    const onChange = (run: () => void) => {
        show = run
    }
    liveStatus(node, closed, behindStore(store, { look: () => look(RED, tally), onChange }))

    return {
        handlesRefusal: () => true,
        async input(msg: Called, send) {
            const id = msg.callback?.id
            if (typeof id !== 'string') return send([null, null, msg])
            // The caller was answered at once: the request and its response must not be kept in memory, nor answered again.
            delete msg.req
            delete msg.res
            const { body, isWhole } = bodyOf(msg)
            if (!isWhole) {
                await callbacks.reply(id, node.id, body, closed)
                throw new Refusal(422, 'NOT_STORABLE', 'msg.payload cannot be written as JSON')
            }
            // It is in the body that is kept: delivering may take a day.
            delete msg.payload
            const bytes = memorySize(msg, memory.left)
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

function look(RED: NodeAPI, { pending, failure }: DeliveryTally) {
    if (failure) return status.broken(failure)
    return pending > 0 ? status.waiting(RED._('status.pending', { count: pending })) : {}
}
