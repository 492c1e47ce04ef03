import type { Fleet } from '../fleet/index.ts'
import { textOf } from '../fleet/index.ts'
import { Agenda, badInput, type Clock, Refusal, same } from '../lib/index.ts'

/** Milliseconds that a device has to confirm a request. */
const TIMEOUT = 10_000
/** Pending requests of one viewer. */
const MAX_PENDING = 100

interface Control {
    /** The viewer's connection. */
    connection: string
    /** The viewer's name for the request. */
    request: string
    id: string
    property: string
    value: unknown
    /** Is called once, with the outcome. */
    done(state: 'confirmed' | 'failed', message?: string): void
}

/** Requests of viewers to set a property of a device: confirmed once the device reports that value. */
export class Controls {
    readonly #fleet: Fleet
    readonly #agenda: Agenda<Control>
    readonly #byViewer = new Map<string, Map<string, Control>>()
    readonly #byDevice = new Map<string, Set<Control>>()

    constructor(fleet: Fleet, clock: Clock, signal: AbortSignal) {
        this.#fleet = fleet
        this.#agenda = new Agenda(clock, (control) => this.#expire(control))
        fleet.listen(({ id }) => this.#onReport(id), signal)
        signal.addEventListener('abort', () => this.#agenda.clear(), { once: true })
    }

    /** @throws {@link Refusal} 422 `BAD_INPUT`, 429 `TOO_MANY_REQUESTS` */
    begin(control: Control): void {
        const own = this.#byViewer.get(control.connection) ?? new Map<string, Control>()
        if (own.has(control.request)) throw badInput('request', 'is under way already')
        if (own.size >= MAX_PENDING) throw new Refusal(429, 'TOO_MANY_REQUESTS', `${MAX_PENDING} requests are under way already`)
        this.#byViewer.set(control.connection, own.set(control.request, control))
        const others = this.#byDevice.get(control.id) ?? new Set()
        this.#byDevice.set(control.id, others.add(control))
        this.#agenda.after(control, TIMEOUT)
    }

    /** Ends a request that has failed. @returns whether it was pending */
    fail(connection: string, request: string, message: string): boolean {
        const control = this.#byViewer.get(connection)?.get(request)
        if (control) this.#end(control, 'failed', message)
        return control !== undefined
    }

    /** Forgets the requests of a viewer that has disconnected. */
    leave(connection: string): void {
        for (const control of this.#byViewer.get(connection)?.values() ?? []) this.#forget(control)
    }

    /** A device also confirms by reporting the value that it had before: it was told all the same. */
    #onReport(id: string): void {
        const waiting = this.#byDevice.get(id)
        if (waiting) for (const control of [...waiting]) if (this.#isConfirmed(control)) this.#end(control, 'confirmed')
    }

    #expire(control: Control): void {
        if (this.#isConfirmed(control)) this.#end(control, 'confirmed')
        else this.#end(control, 'failed', `the device did not confirm it within ${TIMEOUT / 1000} s`)
    }

    /** Compares texts as well, as pages send numbers as they were typed. */
    #isConfirmed({ id, property, value }: Control): boolean {
        const found = this.#fleet.rows.get(id)?.properties.get(property)
        return found !== undefined && (same(found.value, value) || textOf(found.value) === textOf(value))
    }

    #end(control: Control, state: 'confirmed' | 'failed', message?: string): void {
        this.#forget(control)
        control.done(state, message)
    }

    #forget(control: Control): void {
        const { connection, request, id } = control
        this.#agenda.delete(control)
        const own = this.#byViewer.get(connection)
        if (own?.delete(request) && own.size === 0) this.#byViewer.delete(connection)
        const others = this.#byDevice.get(id)
        if (others?.delete(control) && others.size === 0) this.#byDevice.delete(id)
    }
}
