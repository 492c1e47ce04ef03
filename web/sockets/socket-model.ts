import type { ConnectionState } from '../shared/connection.ts'
import { EventReader } from '../shared/event-reader.ts'
import { Refused, refusalOf } from '../shared/rest.ts'
import { loadHistory, type Measured, noHistory } from './energy-history.ts'
import { Service, type Status } from './service.ts'

export interface SocketHandlers {
    /** Anything but the list of instances has changed. */
    changed(): void
    /** Instances have begun or ended, or some were missed. */
    instancesChanged(): void
}

/** Readings that are remembered. */
const MOST_READINGS = 20_000
/** Milliseconds between two questions about a socket without live events, and of the time of which its power is asked for. */
const [POLL, RECENT] = [15_000, 120_000]
/** Milliseconds in which several events lead to one question. */
const TOGETHER = 100

/** What is known of one socket, kept up to date by its live events. */
export class SocketModel {
    readonly service: Service
    status: Status | undefined
    /** Those that came while the page was open, oldest first. */
    readonly readings: Measured[] = []
    connection: ConnectionState = { is: 'connecting' }
    /** Why the status is not known; undefined if it is. */
    trouble: Refused | undefined
    /** What the flow calls it; blank before it has told of it. */
    topic = ''
    /** Milliseconds that the server's clock is ahead of the browser's. */
    skew = 0
    readonly #handlers: SocketHandlers
    readonly #reader: EventReader
    #isLive = false
    #due: ReturnType<typeof setTimeout> | undefined
    #poll: ReturnType<typeof setTimeout> | undefined
    /** How often the service was asked: only the latest answer counts. */
    #asked = 0

    /** @param url of its REST service */
    constructor(url: string, handlers: SocketHandlers) {
        this.#handlers = handlers
        this.service = new Service(url)
        this.#reader = new EventReader({
            url: this.service.events,
            received: (event, data) => this.#hear(event, Object(data)),
            changed: (state) => this.#connectionChanged(state),
            refusal: async (response) => (await refusalOf(response)).message,
        })
    }

    get name(): string {
        return this.topic || this.status?.connectedSocketName || this.path
    }

    /** Of its service, in the address. */
    get path(): string {
        return new URL(this.service.base).pathname
    }

    /** The latest reading, if the socket is on. */
    get reading(): Measured | undefined {
        return this.readings.at(-1)
    }

    /** When the service was known to be there last, in milliseconds since 1970; 0 if never. */
    get lastSeen(): number {
        return this.#reader.lastSeen
    }

    /** W that it draws, null if that is not known. */
    get power(): number | null {
        return this.status?.power === 'off' ? 0 : (this.reading?.power ?? null)
    }

    /** What is to be said of it in a word. */
    get state(): 'on' | 'off' | 'unknown' | 'unreachable' | 'halted' {
        const { status } = this
        if (!status) return 'unknown'
        return status.isEmergencyStopped ? 'halted' : status.reachable ? status.power : 'unreachable'
    }

    /** The time by the clock of the server. */
    get now(): number {
        return Date.now() + this.skew
    }

    /**
     * Keeps it up to date, by live events or by asking now and then: a browser has six connections to a server for all of its tabs, and live
     * events take one.
     */
    watch(isLive: boolean): void {
        this.#isLive = isLive
        // Also where that is not wanted for long, as the first events tell what it is called.
        if (isLive || !this.topic) this.connect()
        else this.#rest()
    }

    connect(): void {
        clearTimeout(this.#poll)
        this.#reader.connect()
    }

    #rest(): void {
        this.#reader.close()
        void this.#look()
    }

    async #look(): Promise<void> {
        clearTimeout(this.#poll)
        this.#poll = setTimeout(() => void this.#look(), POLL)
        await this.refresh()
        const now = this.now
        const recent = await loadHistory(this.service, this.topic, 'power', { from: now - RECENT, to: now }, now).catch(() => noHistory)
        const last = recent.pieces.findLast(({ meanW }) => meanW !== null)
        if (last) this.#add({ at: last.to, power: last.meanW })
        this.#handlers.changed()
    }

    /** Asks for the state, once for all that is told within a moment. */
    refreshSoon(): void {
        this.#due ??= setTimeout(() => void this.refresh(), TOGETHER)
    }

    async refresh(): Promise<void> {
        clearTimeout(this.#due)
        this.#due = undefined
        const turn = ++this.#asked
        const found = await this.service.status().catch((error: Refused) => error)
        if (turn !== this.#asked) return
        if (found instanceof Refused) this.trouble = found
        else this.#take(found)
        this.#handlers.changed()
        this.#handlers.instancesChanged()
    }

    #connectionChanged(state: ConnectionState): void {
        this.connection = state
        // Without live events the state is asked for at each attempt to get them.
        if (state.is === 'waiting' && !this.#isLive) this.#rest()
        else if (state.is === 'waiting') void this.refresh()
        this.#handlers.changed()
    }

    #hear(event: string, { topic, payload }: { topic?: unknown; payload?: unknown }): void {
        if (event === 'ready') {
            if (!this.#isLive) this.#rest()
            return
        }
        if (typeof topic === 'string' && topic !== this.topic) {
            this.topic = topic
            this.#handlers.instancesChanged()
        }
        if (event === 'reading') this.#measured(Object(payload))
        else {
            if (event === 'state') this.#take(Object(payload))
            this.refreshSoon()
        }
        this.#handlers.changed()
    }

    #take(status: Status): void {
        this.status = status
        this.trouble = undefined
        this.skew = Date.parse(status.currentTimestamp) - Date.now() || 0
    }

    #measured({ timestamp, reading }: { timestamp?: unknown; reading?: unknown }): void {
        const { power, voltage, current, today } = Object(reading) as Partial<Measured>
        const at = Date.parse(String(timestamp))
        if (!Number.isNaN(at))
            this.#add({ at, power: power ?? null, voltage: voltage ?? null, current: current ?? null, today: today ?? null })
    }

    #add(reading: Measured): void {
        if (reading.at <= (this.reading?.at ?? 0)) return
        this.readings.push(reading)
        if (this.readings.length > MOST_READINGS) this.readings.splice(0, MOST_READINGS / 10)
    }
}
