import { hostname } from 'node:os'
import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { checkBody, checkDepth, OriginPolicy, type RequestHead } from '../http/index.ts'
import { Refusal } from '../lib/index.ts'

type HttpRequest = RequestHead & { body?: unknown; query?: unknown }
type Received = NodeMessage & { req?: HttpRequest | null; res?: { _res?: { getHeader?(name: string): unknown } } | null }

/** Requests whose body was found to be good. */
const checked = new WeakSet<object>()

/** Errors that a message was rejected with before its node saw it. */
const rejections = new WeakSet<object>()

/** Checks each message that came over HTTP before its node sees it. */
export class RequestGuard {
    readonly #RED: NodeAPI
    readonly #node: Node
    #originPolicy: OriginPolicy | undefined

    constructor(RED: NodeAPI, node: Node) {
        this.#RED = RED
        this.#node = node
    }

    /** Whether a message was rejected with that error, so that nobody has looked at what it holds. */
    static rejected = (error: unknown): boolean => rejections.has(Object(error))

    /**
     * @param changesState whether the node changes something, whatever the method says
     * @throws {@link Refusal} 403 `FOREIGN_HOST` or `FOREIGN_PAGE`, 405 `HEAD_REFUSED`, 413 `TOO_LARGE`, 422 `BAD_INPUT`
     */
    check(msg: NodeMessage, changesState: boolean): void {
        const { req, res, payload } = msg as Received
        if (typeof req !== 'object' || req === null) return
        this.#originPolicy ??= originPolicyOf(this.#RED, this.#node)
        try {
            // Express gives HEAD to the handlers of GET, and whoever asks only for the head expects that nothing happens.
            if (changesState && req.method === 'HEAD') throw new Refusal(405, 'HEAD_REFUSED', 'a HEAD request changes nothing')
            this.#originPolicy.check(req, changesState, sharedBy(this.#RED, res?._res?.getHeader?.('access-control-allow-origin')))
            checkRequest(req)
            // What a flow has made of it may be large, but nothing that recurses must see it too deep.
            if (payload !== req.body && payload !== req.query) checkDepth(payload)
        } catch (error) {
            rejections.add(Object(error))
            throw error
        }
    }
}

/** Whom `httpNodeCors` has let in. Node-RED 4 says `*` of all that comes by the root of its editor, which is no leave to change anything. */
function sharedBy(RED: NodeAPI, header: unknown): unknown {
    const { httpNodeCors } = RED.settings as { httpNodeCors?: { origin?: unknown } }
    return header === '*' && (httpNodeCors === undefined || (httpNodeCors.origin ?? '*') !== '*') ? undefined : header
}

/** The origins and host names that a node accepts, by the environment of its flow, which includes Node-RED's own. */
export function originPolicyOf(RED: NodeAPI, node: Node): OriginPolicy {
    const value = (name: string) => String(RED.util.getSetting(node, name) ?? '')
    return new OriginPolicy({ hosts: value('HTTP_HOSTS'), origins: value('HTTP_ORIGINS'), machine: hostname() })
}

function checkRequest(req: HttpRequest): void {
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
