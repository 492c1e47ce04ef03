import type { ViewAnswer, ViewEvent, ViewQuery } from '../../src/views/view-event.ts'
import { Commands } from './commands.ts'
import { Connection, type ConnectionState, endpointUrl, type Frame } from './connection.ts'
import { FleetView } from './fleet-view.ts'

export interface SessionUser {
    query(): ViewQuery
    state(state: ConnectionState): void
    /** The view has become another by this event, or {@link Session.unregistered} has. */
    changed(event: ViewEvent | Unregistered): void
    /** It is another state that a value is in which a device was asked to take. */
    marked(id: string, property: string): void
    history(answer: Extract<ViewAnswer, { kind: 'history' }>): void
    /** Why the server did not do what it was asked; blank once that does not matter any more. */
    refused(message: string): void
}

type Unregistered = Extract<ViewAnswer, { kind: 'unregistered' }>

/** Milliseconds that an answer to a resume may take. */
const PATIENCE = 5000

/** What this page and the server tell each other, over however many connections it takes. */
export class Session {
    readonly view = new FleetView()
    readonly commands: Commands
    /** How many devices were refused because nobody knows them. */
    unregistered = 0
    readonly #connection: Connection
    readonly #user: SessionUser
    #resuming: ReturnType<typeof setTimeout> | undefined

    constructor(page: string, user: SessionUser) {
        this.#user = user
        this.#connection = new Connection(endpointUrl(page), {
            opened: () => this.#ask(),
            frame: (frame) => this.#take(frame),
            state: (state) => user.state(state),
        })
        this.commands = new Commands({
            send: (request) => this.#connection.send(request),
            changed: (id, property) => user.marked(id, property),
        })
    }

    /** When what is seen was so for certain last, in milliseconds since 1970. */
    get seenAt(): number {
        return this.#connection.heardAt
    }

    connect(token: string): void {
        this.#connection.connect(token)
    }

    /** Asks for what is to be seen now, from a snapshot on. */
    begin(): void {
        clearTimeout(this.#resuming)
        this.#resuming = undefined
        this.#user.refused('')
        this.#connection.send({ type: 'view', ...this.#user.query() })
    }

    /** @returns whether it was asked for: not while there is no connection */
    history(id: string, property: string, seconds: number): boolean {
        return this.#connection.send({ type: 'history', id, property, seconds })
    }

    /** Asks for what was missed; where nothing has been seen yet, for all of it. */
    #ask(): void {
        // A server that was started anew has refused nobody yet, and says nothing of it.
        this.unregistered = 0
        const { epoch, seq } = this.view
        if (epoch) {
            this.#connection.send({ type: 'resume', epoch, seq, ...this.#user.query() })
            clearTimeout(this.#resuming)
            this.#resuming = setTimeout(() => this.begin(), PATIENCE)
        } else this.begin()
    }

    #take(frame: Frame): void {
        if (frame.kind === 'pong') return
        if (frame.kind === 'set') this.commands.answered(frame)
        else if (frame.kind === 'history') this.#user.history(frame)
        else if (frame.kind === 'refused') this.#user.refused(frame.message)
        else if (frame.kind === 'unregistered') {
            this.unregistered = frame.devices
            this.#user.changed(frame)
        } else if (!('seq' in frame)) return
        else {
            const became = this.view.apply(frame, Date.now())
            if (became === 'applied') {
                clearTimeout(this.#resuming)
                this.#resuming = undefined
                this.#user.changed(frame)
            } else if (became === 'gap' && this.#resuming === undefined) this.#ask()
        }
    }
}
