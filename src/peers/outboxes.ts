import { Outbox, type OutboxOptions } from './outbox.ts'
import type { OutboxRepository } from './repository.ts'
import type { Sessions } from './sessions.ts'

/** The part of a store that an outbox is kept in. */
export interface OutboxStore {
    readonly outbox: OutboxRepository
    ready(signal: AbortSignal): Promise<void>
}

export interface OutboxesOptions extends Pick<OutboxOptions, 'endpoint' | 'id' | 'clock' | 'newId' | 'log'> {
    sessions: Pick<Sessions, 'of'>
}

/** Gives the one outbox that an endpoint has in a store. */
export function outboxesOf({ sessions, ...parts }: OutboxesOptions): (store: OutboxStore) => Outbox {
    const made = new WeakMap<OutboxStore, Outbox>()
    const write: OutboxOptions['write'] = (peer, payload) => sessions.of(peer).encode(payload)
    return (store) => {
        const outbox = made.get(store) ?? new Outbox({ ...parts, write, repository: store.outbox, ready: (signal) => store.ready(signal) })
        made.set(store, outbox)
        return outbox
    }
}
