import type { ConnectionState } from '../shared/connection.ts'
import { EventReader } from '../shared/event-reader.ts'
import { type Instance, type Refused, refusalOf, Service, type Status } from './service.ts'

/** What a meter said. */
export interface Measured {
    /** Milliseconds since 1970, by the clock of the server. */
    at: number
    /** W; null where the plug did not tell. */
    power: number | null
    voltage?: number | null
    current?: number | null
    today?: number | null
}

export interface SocketHandlers {
    /** Anything but the list of instances has changed. */
    changed(): void
    /** Instances have begun or ended, or some were missed. */
    instancesChanged(): void
}

/** Readings that are remembered. */
const MOST_READINGS = 20_000
/** Milliseconds in which several events lead to one question. */
const TOGETHER = 100

/** What is known of one socket, kept up to date by its live events. */
export class SocketModel {
    readonly service: Service
    status: Status | undefined
    /** Those that run now, newest first. */
    running: Instance[] = []
    /** Those that came while the page was open, oldest first. */
    readonly readings: Measured[] = []
    connection: ConnectionState = { is: 'connecting' }
    /** Why the status is not known; undefined if it is. */
    trouble: string | undefined
    /** Milliseconds that the server's clock is ahead of the browser's. */
    skew = 0
    readonly #handlers: SocketHandlers
    readonly #reader: EventReader
    #topic = ''
    #due: ReturnType<typeof setTimeout> | undefined
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
        return this.#topic || this.status?.connectedSocketName || ''
    }

    /** The latest reading, if the socket is on. */
    get reading(): Measured | undefined {
        return this.readings.at(-1)
    }

    /** When the service was known to be there last, in milliseconds since 1970; 0 if never. */
    get lastSeen(): number {
        return this.#reader.lastSeen
    }

    /** The time by the clock of the server. */
    get now(): number {
        return Date.now() + this.skew
    }

    connect(): void {
        this.#reader.connect()
    }

    /** Asks for the state and the instances, once for all that is told within a moment. */
    refreshSoon(): void {
        this.#due ??= setTimeout(() => void this.refresh(), TOGETHER)
    }

    async refresh(): Promise<void> {
        clearTimeout(this.#due)
        this.#due = undefined
        const turn = ++this.#asked
        const asked = Promise.all([this.service.status(), this.service.instances({ state: 'running' })])
        const found = await asked.catch((error: Refused) => error.message)
        if (turn !== this.#asked) return
        if (typeof found === 'string') this.trouble = found
        else {
            this.#take(found[0])
            this.running = found[1]
        }
        this.#handlers.changed()
        this.#handlers.instancesChanged()
    }

    #connectionChanged(state: ConnectionState): void {
        this.connection = state
        // Without live events the state is asked for at each attempt to get them.
        if (state.is === 'waiting') void this.refresh()
        this.#handlers.changed()
    }

    #hear(event: string, { topic, payload }: { topic?: unknown; payload?: unknown }): void {
        if (event === 'ready') return
        if (typeof topic === 'string') this.#topic = topic
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
        if (Number.isNaN(at) || at <= (this.reading?.at ?? 0)) return
        this.readings.push({ at, power: power ?? null, voltage: voltage ?? null, current: current ?? null, today: today ?? null })
        if (this.readings.length > MOST_READINGS) this.readings.splice(0, MOST_READINGS / 10)
    }
}
