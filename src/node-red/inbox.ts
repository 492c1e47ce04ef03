import type { Node, NodeMessage } from 'node-red'
import { Refusal } from '../lib/index.ts'
import { toError } from './errors.ts'
import type { Handlers, Send } from './handlers.ts'
import { answerClosing, answerFailed, refuse, restorePayload } from './reply.ts'
import { RequestGuard } from './request-guard.ts'
import { openResponse } from './response.ts'
import { isWired } from './unwired-refusals.ts'

type Done = (error?: Error) => void

/** One for each time that a message came in, as the same object may come twice. `place` is its index in the list of all. */
class Pending {
    readonly msg: NodeMessage
    place: number

    constructor(msg: NodeMessage, place: number) {
        this.msg = msg
        this.place = place
    }
}

/** What is done with a refusal besides sending it on. */
interface RefusalHooks {
    /** Makes the refusal say more. */
    explain(msg: NodeMessage, refusal: Refusal): Refusal
    /** Is told once the refusal is sent. */
    tell(msg: NodeMessage, refusal: Refusal): void
}

/** The messages that come in to a node: each is completed once, refused, or told as an error. */
export class Inbox {
    /** Those of all nodes that are not closed. */
    static readonly #open = new Set<Inbox>()
    readonly #node: Node
    readonly #guard: RequestGuard
    readonly #started: Promise<Handlers>
    readonly #closed: AbortSignal
    readonly #refused: RefusalHooks
    /** What is being worked on. A list, because a set is built anew whenever many have come or gone. */
    readonly #busy: Pending[] = []
    /** Once the node has started. */
    #handlers: Handlers | undefined

    constructor(node: Node, door: RequestGuard, started: Promise<Handlers>, closed: AbortSignal, refused: RefusalHooks) {
        this.#node = node
        this.#guard = door
        this.#started = started
        this.#closed = closed
        this.#refused = refused
        Inbox.#open.add(this)
        closed.addEventListener('abort', () => Inbox.#open.delete(this), { once: true })
        started.then(
            (handlers) => {
                this.#handlers = handlers
            },
            () => {},
        )
    }

    /** What all nodes are working on. */
    static messages(): NodeMessage[] {
        return [...Inbox.#open].flatMap((inbox) => inbox.#busy.map(({ msg }) => msg))
    }

    take(msg: NodeMessage, send: Send, done: Done): void {
        // Until Node-RED takes the listener away, messages still come: to things that are closed already.
        if (this.#closed.aborted) {
            answerClosing(msg)
            return
        }
        let failure: Error | undefined
        try {
            const handlers = this.#handlers
            const work = handlers ? this.#run(handlers, msg, send) : this.#whenStarted(msg, send)
            // A promise only where something is waited for: this is done for every message of every node.
            if (work instanceof Promise) {
                this.#wait(work, msg, send, done)
                return
            }
        } catch (error) {
            failure = this.#failure(error, msg, send)
        }
        this.#complete(msg, done, failure)
    }

    async #whenStarted(msg: NodeMessage, send: Send): Promise<void> {
        let started: Handlers
        try {
            started = await this.#started
        } catch (error) {
            // Whoever waits for an answer over HTTP would wait for ever. Why it is not set up, which may name files, is not for everybody.
            if (error instanceof Refusal || !openResponse(msg) || !isWired(this.#node)) throw error
            throw new Refusal(503, 'NOT_SET_UP', 'a node of this flow is not set up: its status in the editor says why', {}, error)
        }
        await this.#run(started, msg, send)
    }

    #run(handlers: Handlers, msg: NodeMessage, send: Send): void | Promise<void> {
        if ('refusal' in msg && !handlers.handlesRefusal?.(msg)) restorePayload(msg)
        this.#guard.check(msg, handlers.changesState ?? false)
        return handlers.input?.(msg, send)
    }

    /** Tells those who wait for an answer that there will be none. */
    answerAll(): void {
        for (const { msg } of this.#busy) answerClosing(msg)
    }

    #wait(work: Promise<void>, msg: NodeMessage, send: Send, done: Done): void {
        const pending = new Pending(msg, this.#busy.length)
        this.#busy.push(pending)
        const end = (failure?: Error) => {
            this.#release(pending)
            this.#complete(msg, done, failure)
        }
        work.then(
            () => end(),
            (error: unknown) => end(this.#failure(error, msg, send)),
        )
    }

    /** Takes an entry out of the list: the last one is put in its place. */
    #release(pending: Pending): void {
        const last = this.#busy.pop()!
        if (last === pending) return
        last.place = pending.place
        this.#busy[last.place] = last
    }

    /** @returns what Catch nodes are to be told, unless it was a refusal */
    #failure(error: unknown, msg: NodeMessage, send: Send): Error | undefined {
        if (!(error instanceof Refusal) || this.#closed.aborted) return toError(error)
        try {
            const refusal = this.#refused.explain(msg, error)
            send([null, refuse(msg, refusal, !RequestGuard.rejected(error))])
            this.#refused.tell(msg, refusal)
            return undefined
        } catch (cause) {
            return toError(cause)
        }
    }

    #complete(msg: NodeMessage, done: Done, failure: Error | undefined): void {
        // A message that cannot be copied has lost its response when that is found out.
        const response = failure && openResponse(msg)
        try {
            if (failure && this.#closed.aborted) answerClosing(msg)
            else done(failure)
        } catch (error) {
            // What a Complete or Catch node's flow makes of a message may throw, too.
            this.#node.error(toError(error))
            if (response) answerFailed(response)
        }
    }
}
