import { Connection, type ConnectionState } from './connection.ts'
import { Refused } from './rest.ts'
import { t } from './texts.ts'

/** A message of a channel. */
export interface ChannelMessage {
    channel: string
    /** Ascending over all channels. */
    id: number
    /** Milliseconds since 1970, by the clock of the server. */
    time: number
    key?: string
    data: unknown
    /** The data is the list of all alarms that are active. */
    active?: boolean
}

/** Why messages were missed: they are not kept any more, or the server has another store. */
export type GapReason = 'expired' | 'restarted'

/** What is done with what a channel tells. */
export interface ChannelHandlers {
    /** What was told before does not count any more: the present state follows. */
    begin(): void
    message(message: ChannelMessage): void
    gap(reason: GapReason): void
    /** Everything was told that there was before. */
    ready(): void
    refused(message: string): void
}

export interface ChannelClientOptions {
    url: string
    /** The handlers of each channel, or of all below one: `logs/*`. */
    channels: Readonly<Record<string, ChannelHandlers>>
    changed(state: ConnectionState): void
    /** Is shown each frame, as it came or went. */
    watched?(direction: 'in' | 'out', frame: object): void
}

interface Frame extends ChannelMessage {
    action?: string
    cursor?: string
    resumed?: boolean
    reason?: GapReason
    code?: string
    message?: string
}

interface Subscription {
    readonly pattern: string
    readonly handlers: ChannelHandlers
    /** Tells the messages of one store from those of another. */
    epoch: string
    /** The last message that was told; undefined before everything was told that there was at first. */
    last: number | undefined
}

interface Request {
    action: 'subscribe' | 'publish' | 'ping'
    channel?: string
    since?: string
    data?: unknown
    key?: string
}

interface Publication {
    channel: string
    resolve(id: number | undefined): void
    reject(error: Refused): void
}

/** Why a subscription is refused that may be had some time later, and in how many milliseconds it is asked for again. */
const passing = ['STORE_UNAVAILABLE', 'TOO_BUSY', 'FULL']
const AGAIN = 5000

/** The page's side of the protocol `channels`: each subscription goes on after its last message, over however many connections it takes. */
export class ChannelClient {
    readonly #o: ChannelClientOptions
    readonly #connection: Connection<Request>
    readonly #subscriptions: Subscription[]
    /** Those that are not answered yet, oldest first. */
    #publications: Publication[] = []

    constructor(options: ChannelClientOptions) {
        this.#o = options
        this.#subscriptions = Object.entries(options.channels).map(([pattern, handlers]) => ({
            ...{ pattern, handlers },
            ...{ epoch: '', last: undefined },
        }))
        this.#connection = new Connection<Request>({
            url: options.url,
            ping: { action: 'ping' },
            opened: () => this.#subscribe(this.#subscriptions),
            received: (frame) => this.#receive(frame as Frame),
            changed: (state) => this.#changed(state),
        })
    }

    /** When the server was known to be there last, in milliseconds since 1970; 0 if never. */
    get lastSeen(): number {
        return this.#connection.lastSeen
    }

    connect(token: string): void {
        this.#connection.connect(token)
    }

    /** @returns the id of the message; undefined if only flows hear it @throws {@link Refused} */
    publish(channel: string, data: unknown, key?: string): Promise<number | undefined> {
        return new Promise((resolve, reject) => {
            if (!this.#send({ action: 'publish', channel, data, ...(key && { key }) })) reject(new Refused(0, t('noServer')))
            else this.#publications.push({ channel, resolve, reject })
        })
    }

    #send(request: Request): boolean {
        this.#o.watched?.('out', request)
        return this.#connection.send(request)
    }

    #subscribe(wanted: readonly Subscription[]): void {
        for (const { pattern: channel, epoch, last } of wanted)
            this.#send({ action: 'subscribe', channel, ...(last !== undefined && { since: `${epoch}.${last}` }) })
    }

    #changed(state: ConnectionState): void {
        if (state.is === 'waiting') {
            for (const { reject } of this.#publications) reject(new Refused(0, t('noServer')))
            this.#publications = []
        }
        this.#o.changed(state)
    }

    #receive(frame: Frame): void {
        if (frame.action === 'pong') return
        this.#o.watched?.('in', frame)
        if (frame.action === 'published') this.#published(frame.channel)?.resolve(frame.id)
        else if (frame.action === 'refused') this.#refuse(frame)
        else if (frame.action === undefined) this.#tell(frame)
        else this.#control(frame)
    }

    #published(channel: string): Publication | undefined {
        const at = this.#publications.findIndex((one) => one.channel === channel)
        return at < 0 ? undefined : this.#publications.splice(at, 1)[0]
    }

    #refuse({ channel, code = '', message = '' }: Frame): void {
        const publication = this.#published(channel)
        if (publication) return void publication.reject(new Refused(422, message))
        const meant = this.#subscriptions.filter(({ pattern }) => pattern === channel)
        for (const { handlers } of meant) handlers.refused(message)
        if (passing.includes(code)) setTimeout(() => this.#subscribe(meant), AGAIN)
    }

    #control({ action, channel, cursor = '', resumed, reason = 'expired' }: Frame): void {
        const [, epoch = '', place] = /^(.*)\.(\d+)$/.exec(cursor) ?? []
        for (const one of this.#subscriptions) {
            if (one.pattern !== channel && !(action === 'gap' && covers(one.pattern, channel))) continue
            if (action === 'subscribed' && !resumed) {
                one.last = undefined
                one.handlers.begin()
            }
            if (action === 'gap') one.handlers.gap(reason)
            if (action !== 'ready') continue
            one.epoch = epoch
            one.last = Math.max(Number(place), one.last ?? 0)
            one.handlers.ready()
        }
    }

    #tell(message: Frame): void {
        for (const one of this.#subscriptions) {
            if (!covers(one.pattern, message.channel)) continue
            if (message.active) one.handlers.message(message)
            else if (one.last === undefined || message.id > one.last) {
                if (one.last !== undefined) one.last = message.id
                one.handlers.message(message)
            }
        }
    }
}

/** Whether a channel is one, or is below one, of a pattern such as `logs/*`. */
const covers = (pattern: string, channel: string): boolean =>
    pattern.endsWith('*') ? channel.startsWith(pattern.slice(0, -1)) : pattern === channel
