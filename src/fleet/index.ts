import type { Bus } from '../bus/index.ts'
import type { Clock } from '../lib/index.ts'
import { Fleet } from './fleet.ts'
import type { DeviceRepository } from './repository.ts'
import { SequenceColumns } from './sequence-columns.ts'
import { serveFleet } from './service.ts'
import { SharedLog } from './shared-log.ts'

export { Outcome, type Updated } from './device-update.ts'
export type { Fleet } from './fleet.ts'
export { FleetClient } from './fleet-client.ts'
export type { FleetEvent } from './fleet-event.ts'
export { PacedQueue } from './paced-queue.ts'
export { inScope, type Plan, plan, type Scope, scopeOf, shownOf, sortKeysOf, tooMany } from './plan.ts'
export { columnsOf, deviceId, propertyName, readValue, SERIAL, UPDATED } from './properties.ts'
export { type Query, readQuery } from './query.ts'
export type { DeviceRepository, DeviceRow, HistoryPoint } from './repository.ts'
export { type SortKey, sameSortKey } from './sort.ts'
export { fleetStore } from './store/index.ts'
export { changesOf, type DeviceReport, ownerOf, Updater } from './updater.ts'
export { textOf } from './values.ts'
export { weightOf } from './weight.ts'
export type { JobSteps, Work } from './work.ts'

/** The part of a store that fleets need. */
interface StorePart {
    readonly devices: DeviceRepository
    once<T>(key: string, make: () => T): T
}

/** What a node gives to use a fleet until the signal aborts. */
interface FleetUser {
    bus: Bus
    clock: Clock
    log: (text: string) => void
    signal: AbortSignal
}

/** The one fleet of that name in a store. */
export function fleetOn(store: StorePart, name: string, { bus, clock, log, signal }: FleetUser): Fleet {
    const shared = store.once(`log of fleet ${name}`, () => new SharedLog())
    shared.add(log, signal)
    return store.once(`fleet ${name}`, () => {
        const repository = store.devices
        const fleet = new Fleet({ name, bus, repository, clock, log: shared.tell })
        serveFleet({ fleet, repository, clock }, bus, new AbortController().signal)
        return fleet
    })
}

/** The one check of the order of messages in a fleet. */
export function sequencesOf(store: StorePart, fleet: Fleet): SequenceColumns {
    return store.once(`sequences ${fleet.name}`, () => new SequenceColumns(fleet))
}
