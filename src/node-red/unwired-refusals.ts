import type { Node, NodeMessage, NodeStatus } from 'node-red'
import type { Clock, Refusal } from '../lib/index.ts'
import { status } from './status.ts'

/** How long a refusal is shown that no wire leads on, in milliseconds. */
const SHOWN = 10_000

/**
 * Tells of refusals that leave by an output which is wired to nothing: in Node-RED's log, which the debug sidebar shows, too, and for a while
 * as the status of the node. However many there are, it logs but now and then.
 */
export class UnwiredRefusals {
    readonly #node: Node
    readonly #clock: Clock
    readonly #show: (status: NodeStatus) => void
    /** What the node itself would show. */
    #own: NodeStatus = {}
    #isCovered = false
    #cancel: (() => void) | undefined
    /** Refusals since the log was last written, and the text of the last of them. */
    #count = 0
    #last = ''

    /** Has the node's `status` pass through here. */
    constructor(node: Node, clock: Clock, closed: AbortSignal) {
        this.#node = node
        this.#clock = clock
        const show = node.status
        this.#show = (next) => Reflect.apply(show, node, [next])
        node.status = new Proxy(show, { apply: (_, _self, [next]) => this.#changed(next as NodeStatus) })
        closed.addEventListener('abort', () => this.#cancel?.(), { once: true })
    }

    tell({ _msgid: id }: NodeMessage, { message }: Refusal): void {
        if (isWired(this.#node)) return
        this.#count++
        this.#last = `${message} (refused; output 2 is wired to nothing; _msgid ${id})`
        this.#isCovered = true
        this.#show(status.refused(message))
        if (!this.#cancel) this.#log()
    }

    #changed(next: NodeStatus): void {
        this.#own = next
        // What is broken is more important.
        if (next.fill === 'red') this.#isCovered = false
        if (!this.#isCovered) this.#show(next)
    }

    #log(): void {
        this.#node.warn(this.#count === 1 ? this.#last : `${this.#last}, and ${this.#count - 1} before it`)
        this.#count = 0
        this.#cancel = this.#clock.after(SHOWN, () => {
            this.#cancel = undefined
            if (this.#count > 0) return this.#log()
            if (this.#isCovered) this.#show(this.#own)
            this.#isCovered = false
        })
    }
}

/** Whether anything hears of what a node refuses. */
export const isWired = (node: Node): boolean => ((node as Node & { wires?: unknown[][] }).wires?.[1]?.length ?? 0) > 0
