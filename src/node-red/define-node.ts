import { setMaxListeners } from 'node:events'
import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red'
import type * as v from 'valibot'
import { Refusal, systemClock } from '../lib/index.ts'
import { failed } from './config-node.ts'
import { SocketworksError, toError } from './errors.ts'
import type { Handlers, Send } from './handlers.ts'
import { Inbox } from './inbox.ts'
import { explainMissing, type InputHints } from './missing-input.ts'
import { readConfig } from './read.ts'
import { refuse } from './reply.ts'
import { RequestGuard } from './request-guard.ts'
import { status } from './status.ts'
import { spareMetrics, tidyLog } from './tidy-log.ts'
import { UnwiredRefusals } from './unwired-refusals.ts'

type Schema = v.ObjectSchema<v.ObjectEntries, undefined>

export interface Setup<S extends Schema, C extends string> {
    RED: NodeAPI
    node: Node
    config: v.InferOutput<S>
    credentials: Partial<Record<C, string>>
    /** Aborts when the node is closed, or could not be set up: pass it to every wait, timer and request. */
    closed: AbortSignal
    /** Has a message leave by output 2 whose work was done long ago. */
    refuse(msg: NodeMessage, refusal: Refusal): void
}

export interface Extras<C extends string> {
    credentials?: Record<C, { type: 'text' | 'password' }>
    /** Inputs that are told more of than their names when they are missing. */
    inputHints?: InputHints
    /** Turns what an older version saved into what it is today, be it a node of another type of this pack. */
    migrate?(def: NodeDef): NodeDef
    /** Is called when the node cannot be set up, whatever the reason. */
    failed?(RED: NodeAPI, def: NodeDef, closed: AbortSignal): void
    /** What messages of other nodes are refused with that wait for this one when it is closed. */
    closing?(): Refusal
}

/** @param saved as Node-RED has it, with more than what is to be seen of it @param def the same as it is today */
type Construct = (this: Node, saved: NodeDef, def: NodeDef) => void

/** How nodes of each type of this pack are made, for those that have become nodes of another type. */
const constructors = new Map<string, Construct>()

/**
 * Makes what Node-RED loads out of a setup function. Settings, `done`, refusals, errors and closing are dealt with here
 * and nowhere else: a listener that rejects would end the process.
 */
export function defineNode<S extends Schema, C extends string = never>(
    type: string,
    schema: S,
    setup: (context: Setup<S, C>) => Handlers | Promise<Handlers>,
    extras: Extras<C> = {},
) {
    return (RED: NodeAPI): void => {
        const name = `socketworks-${type}`
        function construct(this: Node<Record<C, string>>, saved: NodeDef, def: NodeDef): void {
            RED.nodes.createNode(this, saved)
            tidyLog(this)
            spareMetrics(this)
            const closing = new AbortController()
            const alive = new AbortController()
            setMaxListeners(0, closing.signal, alive.signal)
            closing.signal.addEventListener('abort', () => alive.abort(closing.signal.reason))
            const unwired = new UnwiredRefusals(this, systemClock, closing.signal)
            let config: v.InferOutput<S> | undefined
            const started = new Promise<Handlers>((resolve) => {
                if (def.type !== name) throw new SocketworksError('NO_CONFIG', `it is a ${def.type} now, and that is not loaded`)
                config = readConfig(schema, def)
                const late = (msg: NodeMessage, refusal: Refusal) => {
                    this.send([null, refuse(msg, refusal)])
                    unwired.tell(msg, refusal)
                }
                resolve(setup({ RED, node: this, config, credentials: this.credentials ?? {}, closed: alive.signal, refuse: late }))
            })
            registerIfTakingNothing(this, started, closing.signal)
            started.catch((error: unknown) => {
                if (closing.signal.aborted) return
                // What was begun before something was refused must not go on.
                alive.abort(error)
                failed(this, toError(error))
                this.status(status.broken(toError(error).message))
                this.error(toError(error))
                extras.failed?.(RED, def, closing.signal)
            })
            const refused = {
                explain: (msg: NodeMessage, refusal: Refusal) =>
                    config ? explainMissing(refusal, msg, config, extras.inputHints) : refusal,
                tell: (msg: NodeMessage, refusal: Refusal) => unwired.tell(msg, refusal),
            }
            const inbox = new Inbox(this, new RequestGuard(RED, this), started, closing.signal, refused)
            listen(this, inbox, started, () => closing.abort(extras.closing?.() ?? restarting(this)))
        }
        function create(this: Node<Record<C, string>>, saved: NodeDef): void {
            const def = extras.migrate?.(saved) ?? saved
            const make = constructors.get(def.type) ?? construct
            make.call(this, saved, def)
        }
        constructors.set(name, construct as Construct)
        RED.nodes.registerType(name, create as never, { credentials: extras.credentials ?? {} } as never)
    }
}

/** The ids of nodes without a handler for messages, such as one that is switched off: none is sent to them, which saves Node-RED much work. */
const takingNothing = new Set<string>()

/** Sends only where somebody takes it. */
const whereTaken =
    (node: Node): Send =>
    (msg) => {
        const all = Array.isArray(msg) ? msg : [msg]
        const taken: (NodeMessage | NodeMessage[] | null)[] = []
        let isTaken = false
        for (let output = 0; output < all.length; output++) {
            const one = all[output]
            const some = one && isWired(node, output) ? (typeof one === 'function' ? one() : one) : null
            taken.push(some)
            isTaken ||= some !== null
        }
        if (isTaken) node.send(taken)
    }

/** Wires are looked at each time, as they may change. */
function isWired({ wires }: Node & { wires?: string[][] }, output: number): boolean {
    for (const id of wires?.[output] ?? []) if (!takingNothing.has(id)) return true
    return false
}

function registerIfTakingNothing({ id }: Node, started: Promise<Handlers>, closing: AbortSignal): void {
    const register = ({ input }: Handlers) => {
        if (input || closing.aborted) return
        takingNothing.add(id)
        closing.addEventListener('abort', () => takingNothing.delete(id), { once: true })
    }
    started.then(register, () => {})
}

function listen(node: Node, inbox: Inbox, started: Promise<Handlers>, end: () => void): void {
    const send = whereTaken(node)
    // Node-RED reads how many parameters a listener takes, so keep three here and two below.
    node.on('input', (msg, _send, done) => inbox.take(msg, send, done))
    node.on('close', (removed: boolean, done: () => void) => {
        end()
        // Nodes further on may be gone already, so that a request can only be answered from here.
        inbox.answerAll()
        started
            .then(
                (handlers) => handlers.close?.(removed),
                () => {},
            )
            .catch((error: unknown) => node.error(toError(error)))
            .finally(() => done())
    })
}

function restarting({ name, type }: Node): Refusal {
    const called = name || type.replace('socketworks-', '').replaceAll('-', ' ')
    return new Refusal(503, 'NODE_RESTARTING', `the node ${called} is being deployed anew, send it again`)
}
