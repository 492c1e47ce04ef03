import { hostname } from 'node:os'
import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { type Asked, checkBody, checkDepth, Foreign } from '../http/index.ts'

type Request = Asked & { body?: unknown; query?: unknown }
type Received = NodeMessage & { req?: Request | null; res?: { _res?: { getHeader?(name: string): unknown } } | null }

/** Requests whose body was found to be good. */
const checked = new WeakSet<object>()

/** What kept messages from coming in. */
const reasons = new WeakSet<object>()

/** What every message that came over HTTP has to pass before a node sees it. */
export class Door {
    readonly #RED: NodeAPI
    readonly #node: Node
    #foreign: Foreign | undefined

    constructor(RED: NodeAPI, node: Node) {
        this.#RED = RED
        this.#node = node
    }

    /** Whether an error is what kept a message from coming in, so that nobody has looked at what it holds. */
    static refused = (error: unknown): boolean => reasons.has(Object(error))

    /**
     * @param acts whether the node changes something, whatever the method says
     * @throws {@link Refusal} 403 `FOREIGN_HOST` or `FOREIGN_PAGE`, 413 `TOO_LARGE`, 422 `BAD_INPUT`
     */
    check(msg: NodeMessage, acts: boolean): void {
        const { req, res, payload } = msg as Received
        if (typeof req !== 'object' || req === null) return
        this.#foreign ??= foreignTo(this.#RED, this.#node)
        try {
            this.#foreign.check(req, acts, res?._res?.getHeader?.('access-control-allow-origin'))
            checkRequest(req)
            // What a flow has made of it may be large, but nothing that recurses must see it too deep.
            if (payload !== req.body && payload !== req.query) checkDepth(payload)
        } catch (error) {
            reasons.add(Object(error))
            throw error
        }
    }
}

/** What is foreign to a node, by the environment of its flow, which includes Node-RED's own. */
export function foreignTo(RED: NodeAPI, node: Node): Foreign {
    const value = (name: string) => String(RED.util.getSetting(node, name) ?? '')
    return new Foreign({ hosts: value('HTTP_HOSTS'), origins: value('HTTP_ORIGINS'), machine: hostname() })
}

function checkRequest(req: Request): void {
    if (checked.has(req)) return
    try {
        checkBody(req.body)
    } catch (error) {
        // Nodes further on, which may well recurse, must not find it either.
        req.body = {}
        throw error
    }
    checked.add(req)
}
