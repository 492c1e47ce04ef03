import type { DeviceRepository } from '../../../src/fleet/repository.ts'

/** A repository that keeps nothing: for what happens above it. */
export const forgetful = (): DeviceRepository => ({
    devices: async () => [],
    commit: async () => {},
    onAnother: () => {},
    remove: async () => {},
    forget: async () => {},
    limitHistory: () => {},
    history: async () => [],
})

/** What is worked out a step at a time, all at once. */
export function finished<T>(steps: Generator<void, T, undefined>): T {
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}
