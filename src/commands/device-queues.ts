import type { Clock } from '../lib/index.ts'
import type { Sessions } from '../peers/index.ts'
import type { Worker } from '../tasks/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import { type Command, type DeviceName, type Ending, keyOf, nameOf, nameOfPeer } from './command.ts'
import { DeviceQueue } from './device-queue.ts'
import type { CommandRepository } from './repository.ts'

interface DeviceQueuesParts {
    endpoint: Endpoint
    sessions: Sessions
    repository: CommandRepository
    worker: Worker
    /** How many commands are under way; undefined while that is not known. */
    size: () => number | undefined
    /** Commands for a device that comes back are sent within so many milliseconds, so that not all are when many come at once. */
    jitter: number
    clock: Clock
    /** From 0 to 1. */
    random: () => number
    /** Ends a command. It may have ended already. */
    end: (id: string, ending: Ending) => Promise<void>
    /** Is given a command that was found to have ended before. */
    found: (command: Command) => void
    /** Closes it: commands that have not ended are left to whoever comes next. */
    signal: AbortSignal
}

/** The queues of the devices that are connected and have been sent commands, by {@link keyOf}. */
export class DeviceQueues {
    readonly #p: DeviceQueuesParts
    readonly #queues = new Map<string, DeviceQueue>()
    /** Devices that have just connected: their commands are not sent yet. */
    readonly #releasing = new Map<string, () => void>()

    constructor(parts: DeviceQueuesParts) {
        this.#p = parts
        parts.signal.addEventListener('abort', () => this.#close(), { once: true })
    }

    /** A device has connected. */
    come(peer: Peer): void {
        const { clock, random, jitter, size } = this.#p
        const key = keyOf(nameOfPeer(peer))
        const queue = this.#queues.get(key)
        if (queue?.peer?.open === false) queue.turnTo(undefined)
        this.#releasing.get(key)?.()
        this.#releasing.delete(key)
        const release = () => {
            this.#releasing.delete(key)
            this.serve(key)
        }
        if (size() !== 0) this.#releasing.set(key, clock.after(random() * jitter, release))
    }

    /** A connection of a device has ended. */
    leave(peer: Peer): void {
        const key = keyOf(nameOfPeer(peer))
        if (this.#queues.has(key)) this.serve(key)
    }

    /** The queue by which a command can leave as soon as it is stored, as its device is connected and no other one waits for that. */
    free(name: DeviceName): DeviceQueue | undefined {
        const key = keyOf(name)
        if (this.#releasing.has(key)) return undefined
        const queue = this.#queues.get(key) ?? this.#first(key)
        return queue?.isFree ? queue : undefined
    }

    /** Sends what there is for a device, by the connection that it has now. */
    serve(key: string): void {
        const queue = this.#queues.get(key)
        const peer = queue?.peer?.open ? queue.peer : peerOf(this.#p.endpoint, nameOf(key))
        if (!peer) queue?.turnTo(undefined)
        if (!peer && queue && !queue.isBusy) this.#queues.delete(key)
        if (!peer || this.#releasing.has(key)) return
        const serving = queue ?? this.#queue(key, false)
        serving.turnTo(peer)
        void serving.read()
    }

    received(name: DeviceName, id: string): void {
        this.#queues.get(keyOf(name))?.received(id)
    }

    ended(command: Command): void {
        this.#queues.get(keyOf(command))?.ended(command.id)
    }

    /** Where no command is under way, none waits for this device. */
    #first(key: string): DeviceQueue | undefined {
        const peer = this.#p.size() === 0 ? peerOf(this.#p.endpoint, nameOf(key)) : undefined
        if (!peer) return undefined
        const queue = this.#queue(key, true)
        queue.turnTo(peer)
        return queue
    }

    #queue(key: string, isNew: boolean): DeviceQueue {
        const idle = () => !queue.peer?.open && this.#queues.get(key) === queue && this.#queues.delete(key)
        const queue = new DeviceQueue(key, isNew, { ...this.#p, ended: this.#p.found, idle })
        this.#queues.set(key, queue)
        return queue
    }

    #close(): void {
        for (const cancel of this.#releasing.values()) cancel()
        this.#releasing.clear()
        for (const queue of this.#queues.values()) queue.close()
        this.#queues.clear()
    }
}

/** The connection of a device by which it is sent commands: the latest. */
export function peerOf(endpoint: Endpoint, { account, device }: DeviceName): Peer | undefined {
    const peers = endpoint.find({ id: device, ...(account !== '' && { account }) })
    return peers.findLast((peer) => peer.open && (peer.identity.account ?? '') === account)
}
