import type { Command, Family, FamilyTopics, PlugReport } from '../family.ts'
import { isCounterOfAll, readingIn } from './energy.ts'
import { objectOf, parse } from './json.ts'
import { countIn, powersIn, relayIn } from './relays.ts'
import { type TopicOptions, type Topics, topicsOf } from './topics.ts'
import { Words, wordIn } from './words.ts'

export interface TasmotaOptions extends TopicOptions {
    /** From 1. */
    relay: number
}

type How = Extract<PlugReport, { kind: 'relay' }>['how']

/** Bytes; no plug sends more. */
const LONGEST_REPORT = 65_536

/** PulseTime takes 64 900 at the most, which means 64 800 s. */
const LONGEST_PULSE = 64_800

/**
 * One relay of a plug that runs Tasmota, or OpenBeken, which speaks alike.
 * @see https://tasmota.github.io/docs/MQTT/ and https://tasmota.github.io/docs/Commands/
 */
export class Tasmota implements Family {
    readonly #relay: number
    readonly #at: Topics
    readonly #words = new Words()
    /** How many relays the plug has, once it has said so. */
    #relays: number | undefined
    /** What it last said as it happened, if that was not understood. */
    #puzzle: string | undefined
    readonly topics: FamilyTopics
    readonly measure: Command
    readonly #askWords: Command

    constructor(options: TasmotaOptions) {
        this.#relay = options.relay
        this.#at = topicsOf(options)
        const { cmnd, stat, tele, groups, connected } = this.#at
        this.topics = {
            reports: [...new Set([`${stat}+`, `${tele}+`])],
            optional: [connected],
            commands: [cmnd, ...groups].map((base) => `${base}+`),
        }
        this.measure = { topic: `${cmnd}STATUS`, payload: '10' }
        this.#askWords = { topic: `${cmnd}StateText`, payload: '' }
    }

    /** Its answers have no number. Never an empty POWER: before Tasmota 10 even that query ends a running PulseTime. */
    query(): Command {
        return { topic: `${this.#at.cmnd}STATUS`, payload: '' }
    }

    switch(on: boolean): Command {
        // A plug with one relay takes POWER; one with several takes it as the first.
        return { topic: `${this.#at.cmnd}POWER${this.#relay === 1 ? '' : this.#relay}`, payload: on ? 'ON' : 'OFF' }
    }

    offAfter(asked: number): { command: Command; seconds: number } {
        const seconds = Math.min(Math.max(Math.ceil(asked), 0), LONGEST_PULSE)
        // Up to 111 PulseTime counts tenths of a second, above it seconds from 100.
        const pulse = seconds > 11 ? seconds + 100 : seconds * 10
        return { command: { topic: `${this.#at.cmnd}PulseTime${this.#relay}`, payload: String(pulse) }, seconds }
    }

    read(topic: string, payload: Buffer, retained: boolean): PlugReport[] {
        if (payload.length > LONGEST_REPORT) return []
        const text = payload.toString().trim()
        const { cmnd, stat, tele, groups, connected } = this.#at
        if (topic === `${tele}LWT` || topic === connected) return willIn(text)
        if (retained) {
            const taken = [cmnd, ...groups].find((base) => topic.startsWith(base))
            // Kept by the broker, a report says what once was: it confirms nothing, and we ask anyway.
            return taken !== undefined && switches(topic.slice(taken.length), text) ? [hazard(topic, text)] : []
        }
        // The plug may have the same prefix for both.
        const stated = topic.startsWith(stat) ? this.#stated(topic.slice(stat.length), text) : []
        return topic.startsWith(tele) ? [...stated, ...this.#told(topic.slice(tele.length), text)] : stated
    }

    #stated(leaf: string, text: string): PlugReport[] {
        const message = parse(text)
        if (leaf === 'STATUS') return this.#statusIn(objectOf(objectOf(message).Status))
        if (leaf === 'STATUS11') return this.#relayIn(objectOf(message).StatusSTS, 'answer')
        if (leaf === 'STATUS10' || leaf === 'STATUS8') return this.#readingIn(objectOf(message).StatusSNS)
        // With SetOption4 the answer to a command comes under the command's own name.
        if (/^(RESULT|STATETEXT\d?)$/.test(leaf) && this.#words.learn(message)) return this.#solved()
        // With SetOption4 the JSON comes on .../POWER, where the plain word comes as well; with SetOption90 only the JSON comes.
        if (leaf === 'RESULT' || /^POWER\d*$/.test(leaf)) return this.#relayIn(message ?? { [leaf]: text }, 'echo')
        return []
    }

    #told(leaf: string, text: string): PlugReport[] {
        if (leaf === 'STATE') return this.#relayIn(parse(text), 'periodic')
        return leaf === 'SENSOR' ? this.#readingIn(parse(text)) : []
    }

    #relayIn(message: unknown, how: How): PlugReport[] {
        const powers = powersIn(message)
        // An echo is of a single relay; the others name them all.
        if (how !== 'echo' && powers.length > 0) this.#relays = powers.length
        // With SetOption26 even the only relay reports as POWER1.
        const found = powers.find(([relay]) => relay === this.#relay)
        if (!found) return []
        const on = this.#words.meaning(found[1])
        const word = wordIn(found[1])
        if (how === 'echo' && word !== undefined) this.#puzzle = on === undefined ? word : undefined
        if (on !== undefined) return [{ kind: 'relay', on, how }]
        return word === undefined ? [] : [{ kind: 'unclear', ask: this.#askWords }]
    }

    #statusIn(status: Record<string, unknown>): PlugReport[] {
        this.#relays = countIn(status) ?? this.#relays
        const on = relayIn(status.Power, this.#relay)
        const name: PlugReport[] =
            typeof status.DeviceName === 'string' && status.DeviceName !== '' ? [{ kind: 'name', name: status.DeviceName }] : []
        if (on === undefined) return name
        // It answers after what it last said happened, which this explains.
        const explained: PlugReport[] = this.#puzzle === undefined ? [] : [{ kind: 'relay', on, how: 'echo' }]
        this.#puzzle = undefined
        return [...name, ...explained, { kind: 'relay', on, how: 'answer' }]
    }

    /** What was not understood before is perhaps understood now. */
    #solved(): PlugReport[] {
        const on = this.#words.meaning(this.#puzzle)
        if (on === undefined) return []
        this.#puzzle = undefined
        return [{ kind: 'relay', on, how: 'echo' }]
    }

    #readingIn(message: unknown): PlugReport[] {
        const reading = readingIn(message, this.#relay, this.#relays)
        if (!reading) return []
        const counter = isCounterOfAll(message, this.#relay, this.#relays) && { isCounterOfAll: true as const }
        return [{ kind: 'reading', reading, ...counter }]
    }
}

/** Whether a command switches: itself, or as one of several. */
const switches = (command: string, payload: string) =>
    /^power\d*$/i.test(command) || (/^backlog\d*$/i.test(command) && /(^|;)\s*power\d*\s/i.test(payload))

const hazard = (topic: string, payload: string): PlugReport => ({
    kind: 'hazard',
    text: `the broker keeps a retained ${topic} ${payload.slice(0, 20)}: the plug obeys it at every reconnect; clear it`,
})

/** Tasmota writes it with a capital, OpenBeken without. */
const willIn = (text: string): PlugReport[] => (/^(on|off)line$/i.test(text) ? [{ kind: 'reachable', reachable: /^on/i.test(text) }] : [])
