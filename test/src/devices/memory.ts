import type { DeviceRepository } from '../../../src/devices/repository.ts'

/** A repository that keeps nothing: for what happens above it. */
export const forgetful = (): DeviceRepository => ({
    devices: async () => [],
    commit: async () => {},
    onAnother: () => {},
    remove: async () => {},
    forget: async () => {},
    history: async () => [],
})
