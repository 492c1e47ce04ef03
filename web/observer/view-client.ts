import type { ViewAnswer, ViewEvent, ViewQuery, ViewRequest } from '../../src/views/view-event.ts'
import { Connection, type ConnectionState, endpointUrl } from '../shared/connection.ts'
import { Commands } from './commands.ts'
import { FleetView } from './fleet-view.ts'

export type Frame = ViewEvent | ViewAnswer
type Answer<Kind> = Extract<ViewAnswer, { kind: Kind }>

export interface ViewHandlers {
    query(): ViewQuery
    connection(state: ConnectionState): void
    /** The view has changed by this event, or {@link ViewClient.unregistered} has. */
    changed(event: ViewEvent | Answer<'unregistered'>): void
    /** The status of a command has changed. */
    command(id: string, property: string): void
    history(answer: Answer<'history'>): void
    /** Why the server refused a request; blank once that does not matter any more. */
    refused(message: string): void
}

/** Milliseconds that an answer to a resume may take. */
const PATIENCE = 5000

/** The page's side of the protocol `socketworks.view.1`, over however many connections it takes. */
export class ViewClient {
    readonly view = new FleetView()
    readonly commands: Commands
    /** How many devices were refused because they are not registered. */
    unregistered = 0
    readonly #connection: Connection<ViewRequest>
    readonly #handlers: ViewHandlers
    #resuming: ReturnType<typeof setTimeout> | undefined

    constructor(page: string, handlers: ViewHandlers) {
        this.#handlers = handlers
        this.#connection = new Connection<ViewRequest>({
            url: endpointUrl(page, '../../client/'),
            protocol: 'socketworks.view.1',
            ping: { type: 'ping' },
            opened: () => this.#resume(),
            received: (frame) => this.#receive(frame as Frame),
            changed: (state) => handlers.connection(state),
        })
        this.commands = new Commands({
            send: (request) => this.#connection.send(request),
            changed: (id, property) => handlers.command(id, property),
        })
    }

    /** When the view was last known to be up to date, in milliseconds since 1970. */
    get lastSeen(): number {
        return this.#connection.lastSeen
    }

    connect(token: string): void {
        this.#connection.connect(token)
    }

    /** Asks for the view anew, from a snapshot on. */
    requestView(): void {
        this.#resumed()
        this.#handlers.refused('')
        this.#connection.send({ type: 'view', ...this.#handlers.query() })
    }

    /** @returns false when there is no connection */
    requestHistory(id: string, property: string, seconds: number): boolean {
        return this.#connection.send({ type: 'history', id, property, seconds })
    }

    /** Asks for the events that were missed, or for the view if there is none yet. */
    #resume(): void {
        // A server tells this number at the beginning, but not while it is 0.
        this.unregistered = 0
        const { epoch, seq } = this.view
        if (epoch) {
            this.#connection.send({ type: 'resume', epoch, seq, ...this.#handlers.query() })
            clearTimeout(this.#resuming)
            this.#resuming = setTimeout(() => this.requestView(), PATIENCE)
        } else this.requestView()
    }

    #resumed(): void {
        clearTimeout(this.#resuming)
        this.#resuming = undefined
    }

    #receive(frame: Frame): void {
        if (frame.kind === 'set') this.commands.answered(frame)
        else if (frame.kind === 'history') this.#handlers.history(frame)
        else if (frame.kind === 'refused') this.#handlers.refused(frame.message)
        else if (frame.kind === 'unregistered') {
            this.unregistered = frame.devices
            this.#handlers.changed(frame)
        } else if ('seq' in frame) this.#apply(frame)
    }

    #apply(event: ViewEvent): void {
        const result = this.view.apply(event, Date.now())
        if (result === 'applied') {
            this.#resumed()
            this.#handlers.changed(event)
        } else if (result === 'gap' && this.#resuming === undefined) this.#resume()
    }
}
