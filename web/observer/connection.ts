import type { ViewAnswer, ViewEvent, ViewRequest } from '../../src/views/view-event.ts'
import { Pulse } from './pulse.ts'
import { t } from './texts.ts'

export type Frame = ViewEvent | ViewAnswer

/** What is known of the connection; `seconds` until it is tried again. */
export type ConnectionState =
    | { is: 'connecting' | 'open' | 'unsendable-token' }
    | { is: 'waiting'; seconds: number; reason: string; everOpen: boolean }

export interface ConnectionUser {
    opened(): void
    frame(frame: Frame): void
    state(state: ConnectionState): void
}

const FIRST = 1
const LONGEST = 30
/** Milliseconds that it may take to open one. */
const OPENING = 10_000
const SUBPROTOCOL = 'socketworks.view.1'
/** What may be in the name of a subprotocol. */
const sendable = /^[\w!#$%&'*+.^`|~-]*$/

/** A WebSocket to the viewers' endpoint that comes back by itself. */
export class Connection {
    /** When the server was there for certain last, in milliseconds since 1970; 0 if never. */
    heardAt = 0
    readonly #url: string
    readonly #user: ConnectionUser
    readonly #pulse: Pulse
    #socket: WebSocket | undefined
    #opening: ReturnType<typeof setTimeout> | undefined
    #timer: ReturnType<typeof setTimeout> | undefined
    #failures = 0
    #everOpen = false
    #token = ''

    constructor(url: string, user: ConnectionUser) {
        this.#url = url
        this.#user = user
        this.#pulse = new Pulse({ ask: () => this.send({ type: 'ping' }), lost: () => this.#lose() })
        window.addEventListener('online', () => this.#wake())
        document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.#wake())
    }

    /** @param token sent as a subprotocol, as a browser can send no header; blank if there is none */
    connect(token: string): void {
        this.#token = token
        this.#drop()
        if (sendable.test(token)) this.#open(token)
        else this.#user.state({ is: 'unsendable-token' })
    }

    send(request: ViewRequest): boolean {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false
        this.#socket.send(JSON.stringify(request))
        return true
    }

    #open(token: string): void {
        this.#user.state({ is: 'connecting' })
        const socket = new WebSocket(this.#url, token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL])
        this.#socket = socket
        this.#opening = setTimeout(() => this.#lose(), OPENING)
        let isOpen = false
        socket.onopen = () => {
            isOpen = true
            clearTimeout(this.#opening)
            this.#pulse.begin()
            this.#everOpen = true
            this.#user.state({ is: 'open' })
            this.#user.opened()
        }
        socket.onmessage = ({ data }) => {
            this.#failures = 0
            this.heardAt = Date.now()
            this.#pulse.heard()
            const frame = parsed(data)
            if (frame) this.#user.frame(frame)
        }
        socket.onclose = ({ code, reason }) => {
            // What was seen was so until then.
            if (isOpen) this.heardAt = Date.now()
            this.#drop()
            this.#wait(reason || (code === 1006 ? '' : String(code)))
        }
    }

    /** Nothing comes any more, though nobody has closed it. */
    #lose(): void {
        this.#drop()
        this.#wait(t('silence'))
    }

    /** Somebody looks again, or the network is there again: what is known may be out of date. */
    #wake(): void {
        if (this.#timer !== undefined) this.connect(this.#token)
        else this.#pulse.doubt()
    }

    #wait(reason: string): void {
        const longest = Math.min(FIRST * 2 ** this.#failures++, LONGEST)
        // Not all pages at once after a restart of the server.
        const seconds = Math.max(FIRST, longest * (0.75 + Math.random() / 4))
        this.#user.state({ is: 'waiting', seconds: Math.round(seconds), reason, everOpen: this.#everOpen })
        this.#timer = setTimeout(() => this.connect(this.#token), seconds * 1000)
    }

    #drop(): void {
        clearTimeout(this.#timer)
        clearTimeout(this.#opening)
        this.#timer = undefined
        this.#pulse.end()
        if (!this.#socket) return
        this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null
        this.#socket.close()
        this.#socket = undefined
    }
}

function parsed(data: unknown): Frame | undefined {
    try {
        const frame: unknown = JSON.parse(String(data))
        return typeof frame === 'object' && frame !== null && 'kind' in frame ? (frame as Frame) : undefined
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

/** Where the viewers' endpoint is: beside the pages, or on the path in `?ws=`, but never on another host. */
export function endpointUrl(page: string): string {
    const { origin, searchParams } = new URL(page)
    const asked = new URL(searchParams.get('ws') || '../../client/', page)
    const url = asked.origin === origin ? asked : new URL('../../client/', page)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.hash = ''
    return url.href
}
