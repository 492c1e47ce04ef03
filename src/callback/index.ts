import { type CallbackParts, Callbacks } from './callbacks.ts'
import { makePut } from './put.ts'

export type { Callbacks } from './callbacks.ts'
export type { Callback, Outcome, Replier, Tally } from './deliveries.ts'
export { allowList, findTarget, type Headers, type Target } from './target.ts'

/** The part of a store that is needed. */
interface Shelf {
    readonly callbacks: CallbackParts['repository']
    ready: CallbackParts['ready']
    once<T>(key: string, make: () => T): T
}

/** The one {@link Callbacks} of a store, joined until the signal aborts. */
export function callbacksOn(store: Shelf, { clock, id }: Pick<CallbackParts, 'clock' | 'id'>, signal: AbortSignal): Callbacks {
    const make = () => new Callbacks({ repository: store.callbacks, ready: (given) => store.ready(given), clock, id, put: makePut(clock) })
    const callbacks = store.once('callbacks', make)
    callbacks.join(signal)
    return callbacks
}
