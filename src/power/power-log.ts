import { iso } from './instance-data.ts'
import type { PowerEvent } from './repository.ts'

/** One time that the socket was on: by whom it was switched on and off. */
export interface PowerStatus {
    powerOn: { instanceId: string; timestamp: string } | null
    /** Null while it is on. */
    powerOff: { instanceId: string; timestamp: string } | null
}

/** How many events are held for showing; the store has them all. */
const MOST = 200

/** The latest times the socket went on and off. */
export class PowerLog {
    readonly #events: PowerEvent[] = []
    #pairs: PowerStatus[] | undefined

    load(events: PowerEvent[]): void {
        this.#events.unshift(...events)
        this.#pairs = undefined
    }

    add(event: PowerEvent): PowerEvent {
        this.#events.push(event)
        if (this.#events.length > 2 * MOST) this.#events.splice(0, MOST)
        this.#pairs = undefined
        return event
    }

    /** Whether the socket was on, as far as is known. */
    get on(): boolean | undefined {
        const last = this.#events.at(-1)
        return last && last.kind === 'on'
    }

    /** Those that are held, oldest first. */
    get latest(): readonly PowerEvent[] {
        return this.#events
    }

    /** Oldest first. */
    get pairs(): PowerStatus[] {
        this.#pairs ??= paired(this.#events.slice(-MOST))
        return this.#pairs
    }
}

export const HISTORY = MOST

function paired(events: PowerEvent[]): PowerStatus[] {
    const pairs: PowerStatus[] = []
    for (const { kind, at, owner } of events) {
        const entry = { instanceId: owner, timestamp: iso(at) }
        const last = pairs.at(-1)
        if (kind === 'on') pairs.push({ powerOn: entry, powerOff: null })
        else if (last && !last.powerOff) last.powerOff = entry
        else pairs.push({ powerOn: null, powerOff: entry })
    }
    return pairs
}
