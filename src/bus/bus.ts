/** What bounds a request. */
export interface RequestOptions {
    /** Milliseconds that the answer may take; as long as the responder lives if it is not given. */
    timeout?: number
    /** Ends the wait for the answer, with its reason. What was asked for may be done all the same. */
    signal?: AbortSignal
}

/**
 * How nodes, sockets, fleets and callbacks reach each other, in whichever process they are: in this one now, later in any of several
 * Node-REDs that share a store, over an MQTT broker.
 *
 * **Topics** are names with levels, `sockets/<id>/start`. Subscribers name the whole topic: there are no wildcards.
 *
 * **Messages and answers** are plain data that JSON carries unchanged: no functions, class instances, Maps, dates, undefined properties, NaN or
 * -0. `undefined` itself stands for no content. Within a process they are handed over as they are, so that neither side changes one
 * afterwards.
 *
 * **Errors** of a responder reach the requester. A {@link Refusal} arrives as one, with its status, code, message and details; of any other
 * error at least its message and `code`.
 *
 * What an implementation between processes has to guarantee:
 * - `publish` delivers at most once to each subscriber, and what one publisher publishes on one topic in its order. Subscribers in the
 *   publisher's own process hear it at once, in the order in which they subscribed, and not again from the broker. Whoever subscribes late
 *   asks for the present state with a request, or reads the store; whoever was cut off does so again.
 * - A request is carried out at most once: each has an id, and a responder answers one that comes again with what it answered before.
 * - One responder answers on a topic: the process that holds the lease on what the topic is about. The requester waits for no other.
 * - A requester whose responder has gone, or was never there, is refused with 503 `NO_RESPONDER` within seconds.
 */
export interface Bus {
    /** Tells all who have subscribed to the topic. It never throws, and nobody may have heard. */
    publish(topic: string, message?: unknown): void

    /** Whether anybody may hear what is published on a topic: what nobody hears need not be made. */
    isHeard(topic: string): boolean

    /** Calls back with each message of a topic until the signal aborts. A handler that throws is logged, and keeps no other from hearing. */
    subscribe<Message>(topic: string, handler: (message: Message) => void, signal: AbortSignal): void

    /**
     * Asks whoever responds on the topic.
     * @throws {@link Refusal} 503 `NO_RESPONDER` when nobody does, 504 `NO_ANSWER` when the answer takes too long, or what the responder threw
     */
    request<Answer>(topic: string, message?: unknown, options?: RequestOptions): Promise<Answer>

    /**
     * Answers the requests of a topic until the signal aborts; in place of whoever did before. What is under way then is still answered:
     * with what the handler comes to, which is to end with that signal.
     */
    respond<Message>(topic: string, handler: (message: Message) => unknown, signal: AbortSignal): void
}

/** Without the properties that are undefined, which do not travel. */
export function defined<T extends object>(given: T): T {
    const kept: Partial<T> = {}
    for (const key in given) if (given[key] !== undefined) kept[key] = given[key]
    return kept as T
}
