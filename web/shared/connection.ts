import { Backoff } from './backoff.ts'
import { Liveness } from './liveness.ts'
import { t } from './texts.ts'

/** The state of a connection; `seconds` until the next attempt. */
export type ConnectionState =
    | { is: 'connecting' | 'open' | 'unsendable-token' }
    | { is: 'waiting'; seconds: number; reason: string; everOpen: boolean }

/** @typeParam Sent what the page sends: plain JSON */
export interface ConnectionOptions<Sent> {
    url: string
    /** The WebSocket subprotocol; undefined for none. */
    protocol?: string
    /** A frame that the server answers at once. */
    ping: Sent
    opened(): void
    /** Is given each frame that is a JSON object. */
    received(frame: object): void
    changed(state: ConnectionState): void
}

/** Milliseconds that opening may take. */
const OPENING = 10_000
/** The characters that a subprotocol's name may have. */
const sendable = /^[\w!#$%&'*+.^`|~-]*$/

/** A WebSocket that reconnects by itself, and notices when the other end is gone. */
export class Connection<Sent> {
    /** When the server was known to be there last, in milliseconds since 1970; 0 if never. */
    lastSeen = 0
    readonly #options: ConnectionOptions<Sent>
    readonly #liveness: Liveness
    #socket: WebSocket | undefined
    #opening: ReturnType<typeof setTimeout> | undefined
    readonly #backoff = new Backoff()
    #everOpen = false
    #token = ''

    constructor(options: ConnectionOptions<Sent>) {
        this.#options = options
        this.#liveness = new Liveness({ ping: () => this.send(options.ping), lost: () => this.#lose() })
        window.addEventListener('online', () => this.#wake())
        document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#wake())
    }

    /** @param token sent as a subprotocol, because a browser can send no header; blank for none */
    connect(token: string): void {
        this.#token = token
        this.#drop()
        if (sendable.test(token)) this.#open(token)
        else this.#options.changed({ is: 'unsendable-token' })
    }

    /** @returns false when there is no connection */
    send(frame: Sent): boolean {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false
        this.#socket.send(JSON.stringify(frame))
        return true
    }

    #open(token: string): void {
        const { url, protocol, opened, received, changed } = this.#options
        changed({ is: 'connecting' })
        const socket = new WebSocket(url, [...(protocol ? [protocol] : []), ...(token ? [`bearer.${token}`] : [])])
        this.#socket = socket
        this.#opening = setTimeout(() => this.#lose(), OPENING)
        let isOpen = false
        socket.onopen = () => {
            isOpen = this.#everOpen = true
            clearTimeout(this.#opening)
            this.#liveness.start()
            changed({ is: 'open' })
            opened()
        }
        socket.onmessage = ({ data }) => {
            this.#backoff.reset()
            this.lastSeen = Date.now()
            this.#liveness.received()
            const frame = parse(data)
            if (frame) received(frame)
        }
        socket.onclose = ({ code, reason }) => {
            if (isOpen) this.lastSeen = Date.now()
            this.#drop()
            this.#retryLater(reason || (code === 1006 ? '' : String(code)))
        }
    }

    /** The server does not answer, though nobody has closed the connection. */
    #lose(): void {
        this.#drop()
        this.#retryLater(t('silence'))
    }

    /** The page is looked at again, or the network is back. */
    #wake(): void {
        if (this.#backoff.isWaiting) this.connect(this.#token)
        else this.#liveness.probe()
    }

    #retryLater(reason: string): void {
        const seconds = this.#backoff.wait(() => this.connect(this.#token))
        this.#options.changed({ is: 'waiting', seconds, reason, everOpen: this.#everOpen })
    }

    #drop(): void {
        this.#backoff.cancel()
        clearTimeout(this.#opening)
        this.#liveness.stop()
        if (!this.#socket) return
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null
        this.#socket.close()
        this.#socket = undefined
    }
}

function parse(data: unknown): object | undefined {
    try {
        const frame: unknown = JSON.parse(String(data))
        return typeof frame === 'object' && frame !== null ? frame : undefined
    } catch {
        return undefined
    }
}

export function stateText(state: ConnectionState): string {
    if (state.is === 'unsendable-token') return t('unsendable')
    if (state.is !== 'waiting') return t(state.is)
    const { seconds, reason, everOpen } = state
    if (!everOpen) return t('neverOpen', { seconds })
    return reason ? t('waitingReason', { seconds, reason }) : t('waiting', { seconds })
}

/** The WebSocket URL of a page's endpoint, as {@link ownUrls} finds it by `?ws=`. */
export function endpointUrl(page: string, usual: string): string {
    const url = new URL(ownUrls(page, 'ws', usual)[0]!)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return url.href
}

/** What a parameter in the address of a page names, each time that it is there, but never on another host; or else the usual one. @param usual relative to the page */
export function ownUrls(page: string, parameter: string, usual: string): string[] {
    const { origin, searchParams } = new URL(page)
    const named = searchParams.getAll(parameter).filter((text) => text !== '' && URL.canParse(text, page))
    const own = named.map((text) => new URL(text, page)).filter((url) => url.origin === origin)
    return (own.length > 0 ? own : [new URL(usual, page)]).map((url) => {
        url.hash = ''
        return url.href
    })
}
