import { isDeepStrictEqual } from 'node:util'
import type { Node, NodeStatus } from 'node-red'
import { systemClock } from '../lib/index.ts'

/** Something whose state nodes show. */
export interface StatusSource {
    /** What they are to show now; undefined if nothing is known yet. */
    look(): NodeStatus | undefined
    /** Calls back, until the signal aborts, whenever that may be something else. */
    onChange(changed: () => void, signal: AbortSignal): void
}

/** Milliseconds between two statuses: a thousand changes a second are not to become as many messages to every editor. */
const PACE = 250

/** Shows one source at all its nodes, so that what they show is worked out once. */
class Display {
    readonly #source: StatusSource
    readonly #nodes = new Set<Node>()
    #shown: NodeStatus | undefined
    #cancelRest: (() => void) | undefined
    #listening = new AbortController()

    constructor(source: StatusSource) {
        this.#source = source
    }

    add(node: Node): void {
        const isFirst = this.#nodes.size === 0
        this.#nodes.add(node)
        if (isFirst) {
            this.#listening = new AbortController()
            this.#shown = this.#source.look()
            this.#source.onChange(() => this.#show(), this.#listening.signal)
        }
        if (this.#shown) node.status(this.#shown)
        this.#show()
    }

    delete(node: Node): void {
        this.#nodes.delete(node)
        if (this.#nodes.size > 0) return
        this.#listening.abort()
        this.#cancelRest?.()
        this.#cancelRest = undefined
    }

    #show(): void {
        if (this.#cancelRest || this.#nodes.size === 0) return
        const next = this.#source.look()
        if (!next || isDeepStrictEqual(next, this.#shown)) return
        this.#shown = next
        for (const node of this.#nodes) node.status(next)
        this.#cancelRest = systemClock.after(PACE, () => {
            this.#cancelRest = undefined
            this.#show()
        })
    }
}

const displays = new WeakMap<StatusSource, Display>()

/** Keeps a node's status at what a source says of itself, a few times a second at the most, until `closed` aborts. */
export function liveStatus(node: Node, closed: AbortSignal, source: StatusSource): void {
    if (closed.aborted) return
    const display = displays.get(source) ?? new Display(source)
    displays.set(source, display)
    display.add(node)
    closed.addEventListener('abort', () => display.delete(node), { once: true })
}
