import { makeHostGuard } from '../http/index.ts'
import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { ownPorts } from '../ws/index.ts'
import { type CallbackParts, Callbacks } from './callbacks.ts'
import { makePut } from './put.ts'

export { bodyOf } from './answer.ts'
export type { DeliveryOutcome, DeliveryTally } from './deliveries.ts'
export { callbackStore } from './store.ts'
export { findTarget, type Headers } from './target.ts'

/** What is around: see {@link CallbackParts}. */
interface Around extends Pick<CallbackParts, 'bus' | 'clock' | 'id' | 'onDeployed' | 'log'> {
    ports(): number[]
    /** The messages that nodes of this pack are working on. */
    busy(): object[]
}

/** The one {@link Callbacks} of a store, joined until the signal aborts. @param around `ports` are those that are not to be called here */
export function callbacksOn(store: StoreWithTasks, { ports, busy, ...around }: Around, signal: AbortSignal): Callbacks {
    const callbacks = store.once('callbacks', () => {
        const guard = makeHostGuard({ ports: () => [...ports(), ...ownPorts()] })
        const put = makePut(around.clock, guard)
        const inHand = () => new Set(busy().flatMap(callbackOf))
        const tasks = tasksOn(store, { clock: around.clock, newId: around.id, log: around.log })
        return new Callbacks({ ...around, tasks, inHand, put, guard })
    })
    callbacks.join(signal)
    return callbacks
}

/** The id of the callback that a message will answer. */
function callbackOf(msg: { callback?: { id?: unknown } | null }): string[] {
    const { id } = msg.callback ?? {}
    return typeof id === 'string' ? [id] : []
}
