import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { Outbox, type OutboxOptions } from './outbox.ts'
import type { Sessions } from './sessions.ts'

interface OutboxesOptions extends Omit<OutboxOptions, 'encode' | 'tasks'> {
    sessions: Pick<Sessions, 'of'>
}

/** The one outbox of an endpoint in each store. */
export function outboxesOf({ sessions, ...parts }: OutboxesOptions): (store: StoreWithTasks) => Outbox {
    const made = new WeakMap<StoreWithTasks, Outbox>()
    const encode: OutboxOptions['encode'] = (peer, payload) => sessions.of(peer).encode(payload)
    return (store) => {
        const outbox = made.get(store) ?? new Outbox({ ...parts, encode, tasks: tasksOn(store, parts) })
        made.set(store, outbox)
        return outbox
    }
}
