import type { Clock } from '../lib/index.ts'
import { Fleet } from './fleet.ts'
import type { DeviceRepository } from './repository.ts'
import { SequenceColumns } from './sequence-columns.ts'
import { SharedLog } from './shared-log.ts'
import { Views } from './views.ts'

export { Audience } from './audience.ts'
export type { Fleet, FleetEvent, Updated, UpdateOptions } from './fleet.ts'
export { put } from './json.ts'
export { type Author, Outbox } from './outbox.ts'
export { answerTo, inScope, plan, type Scope } from './plan.ts'
export { deviceId, propertyName } from './properties.ts'
export type { Protocol, Said } from './protocol.ts'
export { protocols } from './protocols/index.ts'
export { type Query, readQuery } from './query.ts'
export { Queue } from './queue.ts'
export { type Guest, Reception } from './reception.ts'
export type { OutboxRepository, OutboxRow } from './repository.ts'
export { type SequenceHealth, Sequences } from './sequence.ts'
export type { Heading, SequenceColumns } from './sequence-columns.ts'
export { fleetStore, outboxStore } from './store/index.ts'
export { type Asked, readAsked, refused, VIEW_PROTOCOL } from './view-protocol.ts'
export type { Views } from './views.ts'

/** The part of a store that is needed. */
interface Shelf {
    readonly devices: DeviceRepository
    once<T>(key: string, make: () => T): T
}

/** Somebody who needs a fleet, until the signal aborts. */
interface FleetUser {
    clock: Clock
    log: (text: string) => void
    signal: AbortSignal
}

/** The one fleet of that name in a store. */
export function fleetOn(store: Shelf, name: string, { clock, log, signal }: FleetUser): Fleet {
    const shared = store.once(`log of fleet ${name}`, () => new SharedLog())
    shared.add(log, signal)
    return store.once(`fleet ${name}`, () => new Fleet({ name, repository: store.devices, clock, log: shared.tell }))
}

/** What tells of the messages of a fleet's devices how they came. */
export function sequencesOf(store: Shelf, fleet: Fleet): SequenceColumns {
    return store.once(`sequences ${fleet.name}`, () => new SequenceColumns(fleet))
}

/** The one set of live views of a fleet. */
export function viewsOf(store: Shelf, fleet: Fleet, { clock, newId }: { clock: Clock; newId: () => string }): Views {
    return store.once(`views ${fleet.name}`, () => new Views({ fleet, clock, newId }))
}
