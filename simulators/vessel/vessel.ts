import { EventEmitter } from 'node:events'
import { connect, type MqttClient } from 'mqtt'
import { type Clock, systemClock } from '../../src/lib/index.ts'
import { fastClock } from '../plug/clock.ts'
import { type ModelOptions, VesselModel } from './model.ts'

export const vesselFaults = {
    silent: 'its sensor says nothing',
    stuck: 'its sensor says the same again and again',
} as const
export type VesselFault = keyof typeof vesselFaults
export const isVesselFault = (name: string): name is VesselFault => Object.hasOwn(vesselFaults, name)

export interface VesselOptions extends Partial<ModelOptions> {
    url: string
    username?: string | undefined
    password?: string | undefined
    /** What values say they are of. */
    id: string
    /** Where it says its temperature. */
    topic: string
    /** The topic of the plug with its heater. */
    plug: string
    /** W that the heater draws. */
    watts: number
    /** Seconds between two values. */
    every: number
    /** How much faster than real time passes for it. */
    speed: number
    fault?: VesselFault | undefined
}

interface Events {
    said: [value: number]
    heater: [on: boolean]
    online: []
    /** Why it cannot connect. */
    trouble: [reason: string]
}

/** A simulated vessel whose sensor speaks MQTT, and whose heater is at a plug with Tasmota firmware: it hears what that reports. */
export class Vessel extends EventEmitter<Events> {
    fault: VesselFault | undefined
    readonly #o: VesselOptions
    readonly #model: VesselModel
    readonly #clock: Clock
    readonly #client: MqttClient
    #cancel: (() => void) | undefined
    #at: number
    #last = 0

    constructor(options: VesselOptions) {
        super()
        this.#o = options
        this.fault = options.fault
        this.#model = new VesselModel(options)
        this.#clock = fastClock(options.speed)
        this.#at = this.#clock.monotonic()
        const { url, username, password, plug } = options
        this.#client = connect(url, { ...(username && { username }), ...(password && { password }), reconnectPeriod: 1000 })
        this.#client.on('error', ({ message }) => this.emit('trouble', message))
        this.#client.on('connect', () => {
            this.#client.subscribe([`stat/${plug}/POWER`, `tele/${plug}/STATE`, `tele/${plug}/LWT`])
            this.emit('online')
        })
        this.#client.on('message', (topic, payload) => this.#hear(topic, String(payload)))
        this.#look()
    }

    get temperature(): number {
        this.#advance()
        return this.#model.temperature
    }

    async close(): Promise<void> {
        this.#cancel?.()
        await this.#client.endAsync(true)
    }

    #hear(topic: string, payload: string): void {
        const said = topic.endsWith('/STATE') ? /"POWER1?":"(ON|OFF)"/.exec(payload)?.[1] : payload
        // A plug that is away has no power, for all that anybody can know.
        if (said === 'ON' || said === 'OFF' || said === 'Offline') this.#heat(said === 'ON')
    }

    #heat(on: boolean): void {
        this.#advance()
        this.#model.heat(on ? this.#o.watts : 0)
        this.emit('heater', on)
    }

    #advance(): void {
        const now = this.#clock.monotonic()
        this.#model.advance((now - this.#at) / 1000)
        this.#at = now
    }

    #look(): void {
        const { every, id, topic } = this.#o
        this.#advance()
        if (this.fault !== 'stuck') this.#last = this.#model.read()
        if (this.fault !== 'silent' && this.#client.connected) {
            const time = new Date(systemClock.now()).toISOString()
            this.#client.publish(topic, JSON.stringify({ id, value: this.#last, time }))
            this.emit('said', this.#last)
        }
        this.#cancel = this.#clock.after(every * 1000, () => this.#look())
    }
}
