import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { allowList, callbacksOn, findTarget, type Headers } from '../../src/callback/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { configNode, defineNode, status, surroundings } from '../../src/node-red/index.ts'
import type { StoreNode } from '../store-config/client.ts'
import { CallbackAcceptConfig } from './schema.ts'

type Asked = NodeMessage & { req?: Headers; headers?: object }

export default defineNode('callback-accept', CallbackAcceptConfig, ({ RED, node, config, closed }) => {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const callbacks = callbacksOn(store, { bus, clock: systemClock, id: randomUUID, ...surroundings(RED) }, closed)
    const allows = allowList(config.hosts)
    store.onHealth(({ ok }) => node.status(ok ? {} : status.broken('common.status.storeAway')), closed)
    return {
        async input(msg: Asked, send) {
            const target = findTarget(msg.req ?? {}, allows, callbacks.guard)
            if (!target) return send(msg)
            const callback = await callbacks.open(target)
            // The caller was told that the flow is being deployed anew.
            if (closed.aborted) return callbacks.withdraw(callback.id)
            send(Object.assign(msg, { callback, headers: { ...msg.headers, [target.header]: 'true' } }))
        },
    }
})
