import type { NodeMessage } from 'node-red'
import { findTarget, type Headers } from '../../src/callback/index.ts'
import { allowList } from '../../src/http/index.ts'
import { defineNode, liveStatus } from '../../src/node-red/index.ts'
import { behindStore } from '../store-config/client.ts'
import { useCallbacks } from './client.ts'
import { CallbackAcceptConfig } from './schema.ts'

type Message = NodeMessage & { req?: Headers & { method?: unknown }; headers?: object }

export default defineNode('callback-accept', CallbackAcceptConfig, (context) => {
    const { node, config, closed } = context
    const { store, callbacks } = useCallbacks(context)
    const allows = allowList(config.hosts)
    liveStatus(node, closed, behindStore(store, { look: () => ({}), onChange: () => {} }))
    return {
        async input(msg: Message, send) {
            // A HEAD request, which Express gives to the handlers of GET, must have no consequences.
            const target = msg.req?.method === 'HEAD' ? undefined : findTarget(msg.req ?? {}, allows, callbacks.guard)
            if (!target) return send(msg)
            const callback = await callbacks.open(target)
            // The caller was told that the flow is being deployed anew.
            if (closed.aborted) return callbacks.withdraw(callback.id)
            send(Object.assign(msg, { callback, headers: { ...msg.headers, [target.header]: 'true' } }))
        },
    }
})
