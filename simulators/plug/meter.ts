import type { Clock } from '../../src/lib/index.ts'
import { timestamp } from './clock.ts'
import { type CurveName, curves, noise } from './curves.ts'

/** In kWh: since midnight, and altogether. */
export interface Counters {
    today: number
    total: number
}

const VOLTAGE = 230
const FACTOR = 0.98

/** The energy meter of a plug: what each relay draws, and what has been used since midnight and altogether. */
export class Meter {
    readonly #clock: Clock
    readonly #curve: CurveName
    readonly #seed: number
    readonly #phases: number
    /** By relay: since when it has been on. */
    readonly #onSince: (number | undefined)[]
    readonly #fixed: (number | undefined)[]
    readonly #startTime: string
    #at: number
    /** When the next day begins. */
    #midnight: number
    /** In kWh. */
    #today = 0
    #yesterday = 0
    #total = 0
    /** In Wh, by relay, since the last periodic report. */
    #period: number[]

    constructor(clock: Clock, { relays, curve, seed, phases }: { relays: number; curve: CurveName; seed: number; phases: number }) {
        this.#clock = clock
        this.#curve = curve
        this.#seed = seed
        this.#phases = phases
        this.#onSince = new Array(relays).fill(undefined)
        this.#fixed = new Array(relays).fill(undefined)
        this.#period = new Array(relays).fill(0)
        this.#at = clock.now()
        this.#midnight = midnightAfter(this.#at)
        this.#startTime = timestamp(this.#at)
    }

    switched(relay: number, on: boolean): void {
        this.#advance()
        if (!on) this.#onSince[relay] = undefined
        else this.#onSince[relay] ??= this.#clock.now()
    }

    /** What a relay draws while it is on, instead of the curve. */
    fix(relay: number, watts: number | undefined): void {
        this.#advance()
        this.#fixed[relay] = watts
    }

    get counters(): Counters {
        this.#advance()
        return { today: this.#today, total: this.#total }
    }

    /** Has counters go on from somewhere else. */
    preset({ today, total }: Partial<Counters>): void {
        this.#advance()
        this.#today = today ?? this.#today
        this.#total = total ?? this.#total
    }

    /** Tasmota's `ENERGY` object. With several relays, or phases, what they do not share is an array. @param periodic adds `Period` and begins a new one */
    energy(periodic: boolean): Record<string, unknown> {
        this.#advance()
        const drawn = this.#onSince.map((_, relay) => this.#watts(relay, this.#at))
        // The first phase carries half of it.
        const share = (phase: number) => (phase === 0 ? 0.5 : 0.5 / (this.#phases - 1))
        const watts = this.#phases > 1 ? Array.from({ length: this.#phases }, (_, phase) => drawn[0]! * share(phase)) : drawn
        const each = (round: (watts: number) => number) => (watts.length === 1 ? round(watts[0]!) : watts.map(round))
        const period = this.#period.map(Math.round)
        if (periodic) this.#period = this.#period.map(() => 0)
        return {
            TotalStartTime: this.#startTime,
            Total: digits(this.#total, 3),
            Yesterday: digits(this.#yesterday, 3),
            Today: digits(this.#today, 3),
            ...(periodic ? { Period: period.length === 1 ? period[0] : period } : {}),
            Power: each((w) => digits(w, 0)),
            ApparentPower: each((w) => digits(w / FACTOR, 0)),
            ReactivePower: each((w) => digits(w * Math.tan(Math.acos(FACTOR)), 0)),
            Factor: each((w) => (w === 0 ? 0 : FACTOR)),
            Voltage: VOLTAGE,
            Current: each((w) => digits(w / FACTOR / VOLTAGE, 3)),
        }
    }

    #watts(relay: number, at: number): number {
        const since = this.#onSince[relay]
        if (since === undefined) return 0
        const seconds = Math.max(0, (at - since) / 1000)
        return this.#fixed[relay] ?? curves[this.#curve](seconds, noise(this.#seed + relay, Math.floor(seconds)))
    }

    /** Adds up what was used since it was last asked, second by second. */
    #advance(): void {
        const now = this.#clock.now()
        while (this.#at < now) {
            const next = Math.min(now, this.#at + 1000)
            if (next >= this.#midnight) {
                this.#midnight = midnightAfter(next)
                this.#yesterday = this.#today
                this.#today = 0
            }
            for (const relay of this.#onSince.keys()) this.#add(relay, (this.#watts(relay, this.#at) * (next - this.#at)) / 3_600_000)
            this.#at = next
        }
    }

    #add(relay: number, wh: number): void {
        this.#today += wh / 1000
        this.#total += wh / 1000
        this.#period[relay] = (this.#period[relay] ?? 0) + wh
    }
}

const midnightAfter = (at: number) => new Date(at).setHours(24, 0, 0, 0)
const digits = (value: number, n: number) => Number(value.toFixed(n))
