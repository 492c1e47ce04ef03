import type { Fleet } from '../fleet/index.ts'
import type { Clock } from '../lib/index.ts'
import { Views } from './views.ts'

export { withViews } from './view-protocol.ts'
export { type ViewMessage, ViewRequests } from './view-requests.ts'

/** The one set of live views of a fleet. */
export function viewsOf(
    store: { once<T>(key: string, make: () => T): T },
    fleet: Fleet,
    { clock, newId }: { clock: Clock; newId: () => string },
): Views {
    return store.once(`views ${fleet.name}`, () => new Views({ fleet, clock, newId }))
}
