import type { Command, Family, Report } from './family.ts'
import type { Reading } from './repository.ts'

export interface TasmotaOptions {
    topic: string
    /** With `%prefix%` and `%topic%`. */
    fullTopic: string
    /** From 1. */
    relay: number
}

/** Bytes: what is longer does not come from a plug. */
const LONGEST_REPORT = 65_536

/** PulseTime takes 64 900 at the most, which means 64 800 s. */
const LONGEST_PULSE = 64_800

const energyFields = {
    today: 'Today',
    total: 'Total',
    power: 'Power',
    apparentPower: 'ApparentPower',
    reactivePower: 'ReactivePower',
    factor: 'Factor',
    voltage: 'Voltage',
    current: 'Current',
} as const

/**
 * One relay of a plug that runs Tasmota.
 * @see https://tasmota.github.io/docs/MQTT/ and https://tasmota.github.io/docs/Commands/
 */
export class Tasmota implements Family {
    readonly #relay: number
    readonly #cmnd: string
    readonly #stat: string
    readonly #tele: string
    readonly filters: string[]
    // Never an empty POWER: before Tasmota 10 even that query ends a running PulseTime.
    readonly query: Command
    readonly measure: Command

    constructor({ topic, fullTopic, relay }: TasmotaOptions) {
        const at = (prefix: string) =>
            `${fullTopic
                .replaceAll('%prefix%', prefix)
                .replaceAll('%topic%', () => topic)
                .replace(/\/$/, '')}/`
        this.#relay = relay
        this.#cmnd = at('cmnd')
        this.#stat = at('stat')
        this.#tele = at('tele')
        this.filters = [`${this.#stat}+`, `${this.#tele}+`, `${this.#cmnd}+`]
        this.query = { topic: `${this.#cmnd}STATUS`, payload: '' }
        this.measure = { topic: `${this.#cmnd}STATUS`, payload: '10' }
    }

    switch(on: boolean): Command {
        // A plug with one relay takes POWER; one with several takes it as the first.
        return { topic: `${this.#cmnd}POWER${this.#relay === 1 ? '' : this.#relay}`, payload: on ? 'ON' : 'OFF' }
    }

    guard(asked: number): { command: Command; seconds: number } {
        const seconds = Math.min(Math.max(Math.ceil(asked), 0), LONGEST_PULSE)
        // Up to 111 PulseTime counts tenths of a second, above it seconds from 100.
        const pulse = seconds > 11 ? seconds + 100 : seconds * 10
        return { command: { topic: `${this.#cmnd}PulseTime${this.#relay}`, payload: String(pulse) }, seconds }
    }

    read(topic: string, payload: Buffer, retained: boolean): Report[] {
        if (payload.length > LONGEST_REPORT) return []
        const text = payload.toString().trim()
        if (topic === `${this.#tele}LWT`) return willIn(text)
        if (retained && topic.startsWith(this.#cmnd) && /^power\d*$/i.test(topic.slice(this.#cmnd.length))) return [hazard(topic, text)]
        // Kept by the broker, a report says what once was: it confirms nothing, and we ask anyway.
        if (retained) return []
        if (topic.startsWith(this.#stat)) return this.#stated(topic.slice(this.#stat.length), text)
        return topic.startsWith(this.#tele) ? this.#told(topic.slice(this.#tele.length), text) : []
    }

    #stated(leaf: string, text: string): Report[] {
        const message = parse(text)
        if (leaf === 'STATUS') return [...namedIn(message), ...this.#maskIn(message)]
        if (leaf === 'STATUS11') return this.#relayIn(record(message).StatusSTS, 'answer')
        if (leaf === 'STATUS10' || leaf === 'STATUS8') return this.#readingIn(record(message).StatusSNS)
        // With SetOption4 the JSON comes on .../POWER, where the plain word comes as well; with SetOption90 only the JSON comes.
        if (leaf === 'RESULT' || /^POWER\d*$/.test(leaf)) return this.#relayIn(message ?? { [leaf]: text }, 'echo')
        return []
    }

    #told(leaf: string, text: string): Report[] {
        if (leaf === 'STATE') return this.#relayIn(parse(text), 'periodic')
        return leaf === 'SENSOR' ? this.#readingIn(parse(text)) : []
    }

    #relayIn(message: unknown, how: 'echo' | 'answer' | 'periodic'): Report[] {
        // With SetOption26 even the only relay reports as POWER1.
        const found = Object.entries(record(message)).find(
            ([key]) => key === `POWER${this.#relay}` || (this.#relay === 1 && key === 'POWER'),
        )
        const on = found && isOn(found[1])
        return typeof on === 'boolean' ? [{ kind: 'relay', on, how }] : []
    }

    /** Status.Power has a bit for each relay. */
    #maskIn(message: unknown): Report[] {
        const mask = record(record(message).Status).Power
        const bits = typeof mask === 'string' && /^\d+$/.test(mask) ? Number(mask) : mask
        if (typeof bits !== 'number' || !Number.isSafeInteger(bits) || bits < 0) return []
        return [{ kind: 'relay', on: Math.floor(bits / 2 ** (this.#relay - 1)) % 2 === 1, how: 'answer' }]
    }

    #readingIn(message: unknown): Report[] {
        const energy = record(record(message).ENERGY)
        const value = (field: string): number | null => {
            const raw = energy[field]
            // A plug with several meters reports an array, a value for each relay.
            const own: unknown = Array.isArray(raw) ? raw[this.#relay - 1] : raw
            return typeof own === 'number' && Number.isFinite(own) ? own : null
        }
        const reading = Object.fromEntries(Object.entries(energyFields).map(([key, field]) => [key, value(field)])) as Omit<Reading, 'at'>
        return reading.power === null ? [] : [{ kind: 'reading', reading }]
    }
}

const hazard = (topic: string, payload: string): Report => ({
    kind: 'hazard',
    text: `the broker keeps a retained ${topic} ${payload.slice(0, 20)}: the plug obeys it at every reconnect; clear it`,
})

const willIn = (text: string): Report[] =>
    text === 'Online' || text === 'Offline' ? [{ kind: 'reachable', reachable: text === 'Online' }] : []

const namedIn = (message: unknown): Report[] => {
    const name = record(record(message).Status).DeviceName
    return typeof name === 'string' && name !== '' ? [{ kind: 'name', name }] : []
}

function isOn(value: unknown): boolean | undefined {
    if (typeof value === 'object') return undefined
    const word = String(value).toUpperCase()
    if (word === 'ON' || word === '1' || word === 'TRUE') return true
    return word === 'OFF' || word === '0' || word === 'FALSE' ? false : undefined
}

function parse(text: string): unknown {
    if (!text.startsWith('{')) return undefined
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {})
