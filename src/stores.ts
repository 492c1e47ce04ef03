import { alarmStore } from './alarms/index.ts'
import { callbackStore } from './callback/index.ts'
import { channelStore } from './channels/index.ts'
import { commandStore } from './commands/index.ts'
import { fleetStore } from './fleet/index.ts'
import { jobStore } from './jobs/index.ts'
import { outboxStore } from './peers/index.ts'
import { type PowerStoreOptions, powerStore, requestedRunStore } from './power/index.ts'
import { profileStore, stateStore, waitStore } from './process/index.ts'
import { recordStore } from './records/index.ts'
import { type DatabaseOptions, type Lease, openDatabase, shareDatabase } from './store/index.ts'
import { taskStore } from './tasks/index.ts'

export type { StoreHealth } from './store/index.ts'

export type StoreOptions = DatabaseOptions & PowerStoreOptions

/** All that is kept, by the names under which a store has it. */
export const storeModules = (options: PowerStoreOptions) => ({
    power: powerStore(options),
    tasks: taskStore,
    waits: waitStore,
    callbacks: callbackStore,
    states: stateStore,
    requestedRuns: requestedRunStore,
    devices: fleetStore,
    outbox: outboxStore,
    commands: commandStore,
    alarms: alarmStore,
    records: recordStore,
    profiles: profileStore,
    jobs: jobStore,
    channels: channelStore,
})

/** Where everything is kept. What cannot be kept or read now rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE`. */
export type Store = ReturnType<typeof openStore>

/** Returns at once and opens in the background; `health` and `ready` of the store tell how that goes. */
export const openStore = (options: StoreOptions) => openDatabase(options, storeModules(options))

/** A store that everybody in this process has who keeps something in the same file. */
export const shareStore = (options: StoreOptions): Lease<Store> => shareDatabase(options, openStore)
