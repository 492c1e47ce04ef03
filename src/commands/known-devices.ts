import { type Clock, dropOldest, retryUntil } from '../lib/index.ts'
import { type DeviceName, keyOf } from './command.ts'
import type { CommandRepository } from './repository.ts'

/** Devices that are not noted again when they reconnect, and that may wait for the store to be noted. */
const MAX_NOTED = 10_000

interface KnownDevicesOptions {
    /** The id of their endpoint. */
    endpoint: string
    repository: Pick<CommandRepository, 'seen' | 'isKnown'>
    clock: Clock
}

/** The devices that were ever connected. */
export class KnownDevices {
    readonly #o: KnownDevicesOptions
    /** Devices of which the store knows, or will. */
    readonly #noted = new Set<string>()
    #waiting = 0

    constructor(options: KnownDevicesOptions) {
        this.#o = options
    }

    /** Notes that a device has connected. While the store is away, more than so many are noted when they next connect. */
    async note(name: DeviceName, signal: AbortSignal): Promise<void> {
        const { clock, repository, endpoint } = this.#o
        const key = keyOf(name)
        if (this.#noted.has(key) || this.#waiting >= MAX_NOTED) return
        this.#noted.add(key)
        dropOldest(this.#noted, MAX_NOTED)
        this.#waiting++
        await retryUntil(clock, signal, () => repository.seen(endpoint, name, clock.now()))
        this.#waiting--
        if (signal.aborted) this.#noted.delete(key)
    }

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async has(name: DeviceName): Promise<boolean> {
        return this.#noted.has(keyOf(name)) || (await this.#o.repository.isKnown(this.#o.endpoint, name))
    }
}
