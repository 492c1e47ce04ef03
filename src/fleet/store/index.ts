import type { StoreModule } from '../../store/index.ts'
import type { DeviceRepository } from '../repository.ts'
import { deviceRepository } from './repository.ts'
import { fleetSteps } from './tables.ts'

/** Keeps the devices of fleets, their properties and the history of these. */
export const fleetStore: StoreModule<DeviceRepository> = {
    migrations: fleetSteps,
    open: ({ access }) => deviceRepository(access()),
}
