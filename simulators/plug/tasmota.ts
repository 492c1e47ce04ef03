import type { Clock } from '../../src/lib/index.ts'
import { timestamp } from './clock.ts'
import type { CurveName } from './curves.ts'
import { Meter } from './meter.ts'

export interface Settings {
    topic: string
    name: string
    /** How many. */
    relays: number
    curve: CurveName
    seed: number
    /** Seconds between the periodic reports; 0 means none. */
    telePeriod: number
    /** 0 off, 1 on, 2 the opposite, 3 as before. */
    powerOnState: number
    /** The SetOptions that are on. */
    options: number[]
    /** The version it says it has; from 13.4 `Status.Power` is a text of digits instead of a number. */
    firmware: string
    /** What it calls OFF and ON (StateText1 and 2). */
    stateText: readonly [off: string, on: string]
    /** What a meter of several phases measures of its only relay; 1 for a plug. */
    phases: number
    /** Its MAC address without colons, for `%id%`. */
    id: string
    /** For `%hostname%`; blank means its topic. */
    hostname: string
    groupTopic: string
}

/** A plug as it comes out of its box. */
export const defaults: Settings = {
    topic: 'smart-socket',
    name: 'Smart Socket',
    relays: 1,
    curve: 'heater',
    seed: 1,
    telePeriod: 300,
    powerOnState: 3,
    options: [],
    firmware: '14.0.0',
    stateText: ['OFF', 'ON'],
    phases: 1,
    id: 'A0B1C2D3E4F5',
    hostname: '',
    groupTopic: 'tasmotas',
}

export type Cause = 'command' | 'button' | 'timer' | 'boot'

export interface Surroundings {
    clock: Clock
    say(prefix: 'stat' | 'tele', leaf: string, payload: string): void
    switched(relay: number, on: boolean, cause: Cause): void
}

/** SetOptions that change how it answers. */
const ANSWER_BY_COMMAND = 4
const ALWAYS_NUMBERED = 26
const JSON_ONLY = 90

/** The inside of a plug that runs Tasmota: relays, timers, meter and settings, and what it says about them. */
export class Tasmota {
    readonly settings: Settings
    readonly relays: boolean[]
    /** By relay, in the units of PulseTime. */
    readonly pulseTimes: number[]
    readonly options: Set<number>
    stateText: [off: string, on: string]
    readonly meter: Meter
    readonly #around: Surroundings
    readonly #pulses: ({ ends: number; cancel(): void } | undefined)[]
    #cancelTele: (() => void) | undefined
    readonly #started: number

    constructor(settings: Settings, around: Surroundings) {
        this.settings = settings
        this.#around = around
        this.relays = new Array(settings.relays).fill(false)
        this.pulseTimes = new Array(settings.relays).fill(0)
        this.#pulses = new Array(settings.relays).fill(undefined)
        this.options = new Set(settings.options)
        this.stateText = [...settings.stateText]
        this.meter = new Meter(around.clock, settings)
        this.#started = around.clock.now()
        this.schedule()
    }

    get clock(): Clock {
        return this.#around.clock
    }

    /** Switches a relay, from 0, and reports it. Any switching ends a running PulseTime; switching on begins it anew. */
    switch(relay: number, on: boolean, cause: Cause): void {
        this.relays[relay] = on
        this.meter.switched(relay, on)
        this.stopPulse(relay)
        if (on) this.startPulse(relay)
        this.#around.switched(relay, on, cause)
        this.reportPower(relay)
    }

    /** `POWER`, or `POWER<n>` with several relays. */
    powerName(relay: number): string {
        return this.relays.length === 1 && !this.options.has(ALWAYS_NUMBERED) ? 'POWER' : `POWER${relay + 1}`
    }

    /** What it calls a state. */
    word(on: boolean): string {
        return this.stateText[on ? 1 : 0]
    }

    /** First as JSON, then plain. */
    reportPower(relay: number): void {
        const name = this.powerName(relay)
        const state = this.word(this.relays[relay] ?? false)
        this.answer(name, { [name]: state })
        if (!this.options.has(JSON_ONLY)) this.#around.say('stat', name, state)
    }

    /** Answers a command, on `RESULT` or under the command's own name. */
    answer(command: string, body: Record<string, unknown>): void {
        this.say('stat', this.options.has(ANSWER_BY_COMMAND) ? command.toUpperCase() : 'RESULT', body)
    }

    say(prefix: 'stat' | 'tele', leaf: string, body: Record<string, unknown>): void {
        this.#around.say(prefix, leaf, JSON.stringify(body))
    }

    startPulse(relay: number): void {
        const ms = pulseMs(this.pulseTimes[relay] ?? 0)
        if (ms === 0) return
        this.stopPulse(relay)
        const cancel = this.clock.after(ms, () => {
            this.#pulses[relay] = undefined
            this.switch(relay, false, 'timer')
        })
        this.#pulses[relay] = { ends: this.clock.now() + ms, cancel }
    }

    stopPulse(relay: number): void {
        this.#pulses[relay]?.cancel()
        this.#pulses[relay] = undefined
    }

    /** What is left of a running PulseTime, in its units. */
    pulseLeft(relay: number): number {
        const ms = (this.#pulses[relay]?.ends ?? 0) - this.clock.now()
        return ms <= 0 ? 0 : ms <= 11_100 ? Math.ceil(ms / 100) : 100 + Math.ceil(ms / 1000)
    }

    state(): Record<string, unknown> {
        const uptime = Math.floor((this.clock.now() - this.#started) / 1000)
        return {
            Time: timestamp(this.clock.now()),
            UptimeSec: uptime,
            SleepMode: 'Dynamic',
            MqttCount: 1,
            ...Object.fromEntries(this.relays.map((on, relay) => [this.powerName(relay), this.word(on)])),
            Wifi: { AP: 1, SSId: 'simulated', Channel: 6, RSSI: 80, Signal: -60, LinkCount: 1 },
        }
    }

    sensor(periodic: boolean): Record<string, unknown> {
        return { Time: timestamp(this.clock.now()), ENERGY: this.meter.energy(periodic) }
    }

    /** The periodic reports. */
    tele(): void {
        this.say('tele', 'STATE', this.state())
        this.say('tele', 'SENSOR', this.sensor(true))
    }

    /** Begins the time to the next periodic report. */
    schedule(): void {
        this.#cancelTele?.()
        this.#cancelTele = undefined
        if (this.settings.telePeriod <= 0) return
        this.#cancelTele = this.clock.after(this.settings.telePeriod * 1000, () => {
            this.tele()
            this.schedule()
        })
    }

    /** As after the mains came back. */
    boot(): void {
        for (const [relay, was] of this.relays.entries()) {
            const on = [false, true, !was][this.settings.powerOnState] ?? was
            this.relays[relay] = on
            this.meter.switched(relay, false)
            this.meter.switched(relay, on)
            this.stopPulse(relay)
            if (on) this.startPulse(relay)
            if (on !== was) this.#around.switched(relay, on, 'boot')
        }
        this.schedule()
    }

    /** What it says once it is connected for the first time after a start. */
    introduce(): void {
        const { firmware, groupTopic, hostname, topic } = this.settings
        const Info1 = {
            Module: 'Simulated',
            Version: `${firmware}(simulated)`,
            FallbackTopic: 'cmnd/DVES_000000_fb/',
            GroupTopic: groupTopic,
        }
        this.say('tele', 'INFO1', { Info1 })
        this.say('tele', 'INFO2', { Info2: { WebServerMode: 'Off', Hostname: hostname || topic, IPAddress: '127.0.0.1' } })
        this.say('tele', 'INFO3', { Info3: { RestartReason: 'Power On', BootCount: 1 } })
        for (const relay of this.relays.keys()) this.reportPower(relay)
    }

    stop(): void {
        this.#cancelTele?.()
        for (const relay of this.relays.keys()) this.stopPulse(relay)
    }
}

/** PulseTime: 1 to 111 are tenths of a second, above that seconds plus 100. */
const pulseMs = (value: number): number => (value <= 0 ? 0 : value <= 111 ? value * 100 : (value - 100) * 1000)
