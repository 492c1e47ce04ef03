import { ChannelClient, type ChannelHandlers, type ChannelMessage, type GapReason } from '../shared/channel-client.ts'
import type { ConnectionState } from '../shared/connection.ts'
import { type Alarm, afterTransition, isStanding, type Transition } from './alarm.ts'
import { FrameLog } from './frame-log.ts'
import { type LogEntry, logOf } from './log.ts'
import { type Played, Service } from './service.ts'
import { ValueSeries } from './value-series.ts'

/** Milliseconds in which several messages lead to one drawing, and to one question to the service. */
const TOGETHER = 50
const SETTLED = 300
/** Logs and transitions that are shown. */
const MOST_LOGS = 1000
const MOST_TRANSITIONS = 200

/** Collections whose changes are told on channels of their names. */
const collections = ['settings', 'io', 'profiles'] as const
export type CollectionName = (typeof collections)[number]

/** The latest of a key of the channel `data`. */
export interface Latest {
    /** Milliseconds since 1970. */
    at: number
    data: unknown
}

export interface ModelHandlers {
    changed(): void
    /** A document was changed or deleted by somebody; without a key anything may have been. */
    recordChanged(collection: CollectionName, key?: string, version?: number): void
    /** The latest value of each key was told, but not those before: only the service has kept them. */
    caughtUp(): void
    /** Messages were missed. */
    gap(channel: string, reason: GapReason): void
    refused(text: string): void
}

/** What is known of the brewery, kept up to date by its channels. */
export class BreweryModel {
    readonly service: Service
    readonly frames = new FrameLog()
    readonly values = new Map<string, Latest>()
    /** Of each number of each key: `fermenter.value`. */
    readonly series = new Map<string, ValueSeries>()
    readonly alarms = new Map<string, Alarm>()
    /** What happened to alarms while the page was open, latest first. */
    transitions: Transition[] = []
    /** Oldest first. */
    logs: LogEntry[] = []
    connection: ConnectionState = { is: 'connecting' }
    /** Whether the channels have told what there is. */
    isKnown = false
    /** Milliseconds that the server's clock is ahead of the browser's. */
    skew = 0
    readonly #client: ChannelClient
    readonly #handlers: ModelHandlers
    /** The channels that have told what there was: what they tell now has just been published. */
    readonly #live = new Set<string>()
    #due: ReturnType<typeof setTimeout> | undefined
    #asking: ReturnType<typeof setTimeout> | undefined

    /** @param root of the REST service @param push the URL of the WebSocket */
    constructor(root: string, push: string, handlers: ModelHandlers) {
        this.service = new Service(root)
        this.#handlers = handlers
        this.#client = new ChannelClient({
            url: push,
            channels: {
                ...{ data: this.#data(), logs: this.#logged(), alarms: this.#alarmed() },
                ...Object.fromEntries(collections.map((name) => [name, this.#records(name)])),
            },
            changed: (state) => {
                this.connection = state
                if (state.is !== 'open') this.#live.clear()
                this.#drawSoon()
            },
            watched: (direction, frame) => this.frames.add(direction, frame),
        })
    }

    /** When the server was known to be there last, in milliseconds since 1970; 0 if never. */
    get lastSeen(): number {
        return this.#client.lastSeen
    }

    /** The time by the clock of the server. */
    get now(): number {
        return Date.now() + this.skew
    }

    /** The key of the vessel: the one that a profile is told of. */
    get vessel(): string {
        const played = [...this.values.keys()].find((key) => key.endsWith('.profile'))
        return played?.replace(/\.profile$/, '') ?? [...this.values.keys()].find((key) => !key.includes('.')) ?? ''
    }

    /** What is played, and when that was told. */
    get played(): { at: number; view: Played } | undefined {
        const latest = this.values.get(`${this.vessel}.profile`)
        const view = latest?.data as Played | undefined
        return latest && view?.status ? { at: latest.at, view } : undefined
    }

    connect(token: string): void {
        this.#client.connect(token)
    }

    /** @throws {@link Refused} */
    publish(channel: string, data: unknown, key?: string): Promise<number | undefined> {
        return this.#client.publish(channel, data, key)
    }

    /** @param id such as `fermenter.value` */
    seriesOf(id: string): ValueSeries {
        const known = this.series.get(id) ?? new ValueSeries()
        this.series.set(id, known)
        return known
    }

    /** Asks for all alarms that stand, as transitions do not tell everything. */
    async refreshAlarms(): Promise<void> {
        const alarms = await this.service.alarms().catch(() => undefined)
        if (!alarms) return
        this.#takeAlarms(alarms)
        this.#drawSoon()
    }

    #handle(channel: string, own: Pick<ChannelHandlers, 'begin' | 'message'> & Partial<ChannelHandlers>): ChannelHandlers {
        return {
            gap: (reason) => {
                this.#handlers.gap(channel, reason)
                this.#drawSoon()
            },
            ready: () => {
                this.isKnown = true
                this.#live.add(channel)
                if (channel === 'data') this.#handlers.caughtUp()
                this.#drawSoon()
            },
            refused: (text) => this.#handlers.refused(`${channel}: ${text}`),
            ...own,
            message: (message) => {
                if (this.#live.has(channel) && !message.active) this.skew = message.time - Date.now()
                own.message(message)
                this.#drawSoon()
            },
        }
    }

    #data(): ChannelHandlers {
        return this.#handle('data', {
            begin: () => {
                this.values.clear()
                for (const series of this.series.values()) series.interrupt()
            },
            message: ({ key = '', time: at, data }) => {
                this.values.set(key, { at, data })
                for (const [name, value] of numbersOf(data)) this.seriesOf(name ? `${key}.${name}` : key).add(at, value)
            },
        })
    }

    #logged(): ChannelHandlers {
        return this.#handle('logs', {
            begin: () => {
                this.logs = []
            },
            message: (message) => {
                this.logs.push(logOf(message))
                if (this.logs.length > MOST_LOGS * 1.1) this.logs = this.logs.slice(-MOST_LOGS)
            },
            gap: (reason) => {
                this.logs.push({ at: this.now, id: -this.logs.length - 1, isGap: true, severity: 'notice', source: '', text: '' })
                this.#handlers.gap('logs', reason)
                this.#drawSoon()
            },
        })
    }

    #alarmed(): ChannelHandlers {
        return this.#handle('alarms', {
            begin: () => {
                this.alarms.clear()
                this.transitions = []
            },
            message: (message) => {
                if (message.active) this.#takeAlarms(message.data as Alarm[])
                else this.#takeTransition(message)
            },
            gap: (reason) => {
                this.#refreshAlarmsSoon()
                this.#handlers.gap('alarms', reason)
                this.#drawSoon()
            },
        })
    }

    #records(name: CollectionName): ChannelHandlers {
        const all = () => this.#handlers.recordChanged(name)
        return this.#handle(name, {
            begin: all,
            message: ({ key, data }) => this.#handlers.recordChanged(name, key, (data as { version?: number })?.version),
            gap: all,
        })
    }

    #takeAlarms(alarms: readonly Alarm[]): void {
        this.alarms.clear()
        for (const alarm of alarms) this.alarms.set(alarm.id, alarm)
    }

    #takeTransition({ data }: ChannelMessage): void {
        const transition = Object(data) as Transition
        if (typeof transition.id !== 'string' || typeof transition.state !== 'string') return
        const alarm = afterTransition(this.alarms.get(transition.id), transition)
        if (isStanding(alarm)) this.alarms.set(alarm.id, alarm)
        else this.alarms.delete(alarm.id)
        this.transitions = [transition, ...this.transitions].slice(0, MOST_TRANSITIONS)
        this.#refreshAlarmsSoon()
    }

    #refreshAlarmsSoon(): void {
        this.#asking ??= setTimeout(() => {
            this.#asking = undefined
            void this.refreshAlarms()
        }, SETTLED)
    }

    #drawSoon(): void {
        this.#due ??= setTimeout(() => {
            this.#due = undefined
            this.#handlers.changed()
        }, TOGETHER)
    }
}

/** The numbers in a message, by their names; blank for a message that is a number. Null is a value that is not there. */
function numbersOf(data: unknown): [name: string, value: number | null][] {
    if (typeof data === 'number') return [['', data]]
    if (typeof data !== 'object' || data === null) return []
    return Object.entries(data).flatMap(([name, value]): [string, number | null][] =>
        typeof value === 'number' || value === null ? [[name, value]] : [],
    )
}
