import { Backoff } from './backoff.ts'
import type { ConnectionState } from './connection.ts'
import { EventParser } from './event-parser.ts'
import { t } from './texts.ts'

export interface EventReaderOptions {
    url: string
    /** Is given each event whose data is JSON. */
    received(event: string, data: unknown): void
    changed(state: ConnectionState): void
    /** Why an answer is no stream of events, in words. */
    refusal(response: Response): Promise<string> | string
}

/** Milliseconds of silence after which the server is gone: it sends a comment at least every 15 seconds. */
const SILENCE = 40_000
/** The same, where there is reason to doubt the connection. */
const SHORT_SILENCE = 20_000

/**
 * Reads server-sent events over however many connections it takes; each goes on after the last event of the one before. Unlike an
 * EventSource it notices when the other end falls silent, and tells why it is refused.
 */
export class EventReader {
    /** When the server was known to be there last, in milliseconds since 1970; 0 if never. */
    lastSeen = 0
    readonly #options: EventReaderOptions
    readonly #parser = new EventParser()
    readonly #backoff = new Backoff()
    #connection: AbortController | undefined
    #isWanted = false
    #silence: ReturnType<typeof setTimeout> | undefined

    constructor(options: EventReaderOptions) {
        this.#options = options
        window.addEventListener('online', () => this.#wake())
        document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#wake())
    }

    connect(): void {
        this.#drop()
        this.#isWanted = true
        const connection = new AbortController()
        this.#connection = connection
        this.#options.changed({ is: 'connecting' })
        this.#watch()
        const ended = (reason: string) => connection === this.#connection && this.#retryLater(reason)
        this.#read(connection.signal).then(
            () => ended(''),
            (error: unknown) => ended(error instanceof Refused ? error.message : ''),
        )
    }

    /** Ends until it is to connect again. */
    close(): void {
        this.#isWanted = false
        this.#drop()
    }

    async #read(signal: AbortSignal): Promise<void> {
        const { url, changed, refusal } = this.#options
        const { lastId } = this.#parser
        const headers = { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) }
        const response = await fetch(url, { headers, cache: 'no-store', signal })
        const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
        if (!response.ok || !isStream || !response.body) throw new Refused(await refusal(response))
        this.#parser.begin()
        this.#backoff.reset()
        this.#seen()
        changed({ is: 'open' })
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
            this.#seen()
            for (const { event, data } of this.#parser.read(piece.value)) this.#tell(event, data)
        }
    }

    #tell(event: string, data: string): void {
        let parsed: unknown
        try {
            parsed = JSON.parse(data)
        } catch {
            return
        }
        this.#options.received(event, parsed)
    }

    #seen(): void {
        this.lastSeen = Date.now()
        this.#watch()
    }

    #watch(): void {
        clearTimeout(this.#silence)
        this.#silence = setTimeout(() => this.#lose(), SILENCE)
    }

    #lose(): void {
        this.#drop()
        this.#retryLater(t('silence'))
    }

    /** The page is looked at again, or the network is back. */
    #wake(): void {
        if (!this.#isWanted) return
        if (this.#backoff.isWaiting || Date.now() - this.lastSeen > SHORT_SILENCE) this.connect()
    }

    #retryLater(reason: string): void {
        this.#drop()
        const seconds = this.#backoff.wait(() => this.connect(), this.#parser.retry / 1000)
        this.#options.changed({ is: 'waiting', seconds, reason, everOpen: true })
    }

    #drop(): void {
        this.#backoff.cancel()
        clearTimeout(this.#silence)
        this.#connection?.abort()
        this.#connection = undefined
    }
}

/** The server has answered, but with no stream of events. */
class Refused extends Error {}
