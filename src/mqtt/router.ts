import { stackOf } from '../lib/index.ts'
import type { Message } from './broker.ts'
import { matches, widest } from './topic.ts'

/** Above this, what was seen is forgotten; all that can come of it is a retained message given twice. */
const MOST_TOPICS = 10_000

export interface Route {
    readonly filters: readonly string[]
    readonly listener: (message: Message) => void
    /** It wants only what was retained when the connection was made. */
    readonly isBrief: boolean
    /** If so, whether it has got that on this connection. */
    isServed: boolean
    /** How many messages had come on this connection when it was added. */
    since: number
}

/** Gives each message of one connection to the listeners whose filters match it, once each. */
export class Router {
    readonly #log: (text: string) => void
    readonly #routes = new Set<Route>()
    /** By topic, the number of its last message on this connection. */
    readonly #seen = new Map<string, number>()
    #count = 0

    constructor(log: (text: string) => void) {
        this.#log = log
    }

    /** What has to be subscribed to so that every listener gets what it asked for, of all that is not refused. */
    filters(refused: ReadonlyMap<string, unknown>): Set<string> {
        const routes = [...this.#routes].filter((route) => !route.isServed)
        return widest(routes.flatMap((route) => route.filters.filter((filter) => !refused.has(filter))))
    }

    /** Those that want what is retained have got it by now. @returns whether there were any */
    served(): boolean {
        const routes = [...this.#routes].filter((route) => route.isBrief && !route.isServed)
        for (const route of routes) route.isServed = true
        return routes.length > 0
    }

    /** What is retained under a filter that was refused before is about to come. */
    unserved(filter: string): void {
        for (const route of this.#routes) if (route.filters.includes(filter)) route.isServed = false
    }

    /** Whether somebody waits for what is retained. */
    get isServing(): boolean {
        return [...this.#routes].some((route) => route.isBrief && !route.isServed)
    }

    /** Whether a listener has asked for that very filter. */
    wants(filter: string): boolean {
        for (const route of this.#routes) if (route.filters.includes(filter)) return true
        return false
    }

    add(filters: readonly string[], listener: (message: Message) => void, isBrief: boolean): Route {
        const route = { filters, listener, isBrief, isServed: false, since: this.#count }
        this.#routes.add(route)
        return route
    }

    delete(route: Route): void {
        this.#routes.delete(route)
    }

    /** A new connection: the broker sends what it retained anew, to everybody. */
    restart(): void {
        this.#seen.clear()
        this.#count = 0
        for (const route of this.#routes) Object.assign(route, { since: 0, isServed: false })
    }

    give(message: Message): void {
        const before = this.#seen.get(message.topic) ?? 0
        if (this.#seen.size >= MOST_TOPICS) this.#seen.clear()
        this.#seen.set(message.topic, ++this.#count)
        for (const route of [...this.#routes]) {
            // Subscribing for one listener makes the broker send what it retained; the others had it, or something newer.
            if (message.retained ? before > route.since : route.isBrief) continue
            if (route.filters.some((filter) => matches(filter, message.topic))) this.#call(route, message)
        }
    }

    #call(route: Route, message: Message): void {
        try {
            route.listener(message)
        } catch (error) {
            this.#log(`a listener failed on a message of ${message.topic}: ${stackOf(error)}`)
        }
    }
}
