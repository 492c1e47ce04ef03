import { EventEmitter, once } from 'node:events'
import { Device, type DeviceListener, type DeviceOptions } from './device.ts'

export interface FleetOptions extends Partial<Omit<DeviceOptions, 'serial' | 'url'>> {
    url: string
    /** How many. */
    devices?: number
    /** The first serial number; the others follow it. */
    serialsFrom?: number
}

export interface Counts {
    connected: number
    sent: number
    ok: number
    error: number
    /** Messages about other devices. */
    heard: number
    /** Changes that the server asked for. */
    told: number
    dropped: number
    duplicated: number
    reordered: number
}

interface Events {
    connected: [serial: string]
    disconnected: [serial: string, code: number]
    /** Why one cannot connect. */
    trouble: [reason: string, serial: string]
    sent: [serial: string, text: string]
    answer: [serial: string, answer: { id: string; ok: boolean }]
    told: [serial: string, set: Record<string, unknown>]
    heard: [serial: string, about: string, set: Record<string, unknown>]
}

/** Milliseconds between two devices' first connections: a thousand at once are more than a listening socket queues. */
const APART = 1

const defaults = {
    token: undefined,
    shape: 'random',
    max: 500,
    minInterval: 1,
    maxInterval: 5,
    start: 'update',
    faults: { drop: 0, duplicate: 0, reorder: 0 },
    seed: 1,
    reconnect: 5000,
} as const

/** Simulated devices that speak `smart-os-device`, each on a connection of its own. */
export class Fleet extends EventEmitter<Events> {
    readonly devices: ReadonlyMap<string, Device>
    readonly #counts = { connected: 0, sent: 0, ok: 0, error: 0, heard: 0, told: 0 }

    constructor(options: FleetOptions) {
        super()
        const { devices = 1, serialsFrom = 1, ...rest } = options
        const serials = Array.from({ length: devices }, (_, n) => String(serialsFrom + n).padStart(4, '0'))
        const seed = options.seed ?? defaults.seed
        const listener = this.#listener()
        const make = (serial: string, n: number) => new Device({ ...defaults, ...rest, seed: seed + 7919 * n, serial }, listener)
        this.devices = new Map(serials.map((serial, n) => [serial, make(serial, n)]))
    }

    /** Devices that connect, and go on trying until they do. */
    static start(options: FleetOptions): Fleet {
        const fleet = new Fleet(options)
        fleet.start()
        return fleet
    }

    start(): void {
        let n = 0
        for (const device of this.devices.values()) device.connectLater(APART * n++)
    }

    /** Resolves once all are connected. */
    async connected(): Promise<void> {
        while (this.#counts.connected < this.devices.size) await once(this, 'connected')
    }

    get counts(): Counts {
        const counts = { ...this.#counts, dropped: 0, duplicated: 0, reordered: 0 }
        for (const { line } of this.devices.values()) {
            counts.dropped += line.counts.drop
            counts.duplicated += line.counts.duplicate
            counts.reordered += line.counts.reorder
        }
        return counts
    }

    /** Ends for good; resolves once every connection is closed. */
    async stop(): Promise<void> {
        for (const device of this.devices.values()) device.stop()
        while (this.#counts.connected > 0) await once(this, 'disconnected')
    }

    #listener(): DeviceListener {
        const counts = this.#counts
        const open = new Set<Device>()
        return {
            connected: (device) => {
                open.add(device)
                counts.connected++
                this.emit('connected', device.serial)
            },
            disconnected: (device, code) => {
                // A connection that was never open ends, too.
                if (!open.delete(device)) return
                counts.connected--
                this.emit('disconnected', device.serial, code)
            },
            trouble: (device, reason) => void this.emit('trouble', reason, device.serial),
            sent: (device, text) => {
                counts.sent++
                this.emit('sent', device.serial, text)
            },
            answered: (device, answer) => {
                counts[answer.ok ? 'ok' : 'error']++
                this.emit('answer', device.serial, answer)
            },
            told: (device, set) => {
                counts.told++
                this.emit('told', device.serial, set)
            },
            heard: (device, about, set) => {
                counts.heard++
                this.emit('heard', device.serial, about, set)
            },
        }
    }
}
