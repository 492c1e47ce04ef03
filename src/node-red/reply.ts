import type { NodeMessage } from 'node-red'
import { checkDepth } from '../http/index.ts'
import { badInput, type Refusal } from '../lib/index.ts'
import { quickAnswer } from './quick-json.ts'
import { openResponse } from './response.ts'

/** The received message with the answer of a node that did what it was asked to: it leaves by output 1. */
export function answer<T extends object>(msg: NodeMessage, payload: T): NodeMessage {
    quickAnswer(msg, payload)
    return passOn(Object.assign(msg, { payload }))
}

/** The received message, its payload as it came, marked as successful. */
export function passOn(msg: NodeMessage & { statusCode?: number; refusal?: unknown }): NodeMessage {
    // One that was refused before and tried again is refused no longer.
    if ('refusal' in msg) delete msg.refusal
    msg.statusCode = 200
    return msg
}

type Refused = NodeMessage & { refusal?: unknown }

/** Messages that were sent back in after a refusal that did not keep their payload. */
const withoutPayload = new WeakSet<NodeMessage>()

/**
 * The received message with the reason why a node did not do what it was asked to: it leaves by output 2. What it was asked stays with it,
 * for another try.
 * @param isSafe whether the payload may be kept: not if it is too deep or too large
 */
export function refuse(msg: NodeMessage, { code, status, message, details }: Refusal, isSafe = true): NodeMessage {
    const kept = isSafe && !withoutPayload.has(msg) && canBeCopied(msg.payload) ? { payload: msg.payload } : {}
    return Object.assign(msg, { statusCode: status, payload: { message, ...details }, refusal: { code, ...kept } })
}

/** The code of what may be a refusal. */
export const codeOf = (refusal: unknown): string => String(Object(refusal).code)

/** Whether nodes further on can copy it, which they do level by level. */
function canBeCopied(payload: unknown): boolean {
    if (typeof payload !== 'object' || payload === null) return true
    try {
        checkDepth(payload)
        return true
    } catch {
        return false
    }
}

/** A message that was refused, and is tried again, has the payload that was refused, unless the flow has put another one in its place. */
export function restorePayload(msg: Refused): void {
    const { refusal } = msg
    if (typeof refusal !== 'object' || refusal === null) return
    if (!isRefusalPayload(msg.payload)) delete msg.refusal
    else if (Object.hasOwn(refusal, 'payload')) {
        msg.payload = Reflect.get(refusal, 'payload')
        delete msg.refusal
    } else withoutPayload.add(msg)
}

/** What the payload of a refusal looks like. */
const isRefusalPayload = (payload: unknown): boolean =>
    payload === undefined || (typeof payload === 'object' && payload !== null && typeof Reflect.get(payload, 'message') === 'string')

/** @throws {@link Refusal} 422 `BAD_INPUT` if nothing is left of what the message once asked for: without it a start would have no timeout */
export function checkPayload(msg: NodeMessage): void {
    if (withoutPayload.has(msg)) throw badInput('payload', 'was refused before and is not kept, so that it cannot be tried again')
}

/**
 * Calls back once the request that a message came with is over, at once if it is already.
 * @param run is told whether it was answered that all went well: otherwise the caller has left, or knows of a failure
 * @returns whether there is a request at all
 */
export function onRequestOver(msg: NodeMessage, run: (isDone: boolean) => void): boolean {
    const response = openResponse(msg)
    // A flow may have put something of its own in its place.
    if (typeof response?.once !== 'function') return false
    if (response.destroyed) run(false)
    else response.once('close', () => run(response.headersSent && response.statusCode < 400))
    return true
}

/** Tells a waiting caller that no node is left to answer it. */
export function answerFailed(response: NonNullable<ReturnType<typeof openResponse>>): void {
    try {
        if (!response.headersSent) response.status(500).json({ message: 'the flow could not go on with this request' })
    } catch {
        // Then nobody waits any more.
    }
}

/** Tells a waiting caller that the flow it called is being stopped or deployed anew. */
export function answerClosing(msg: NodeMessage): void {
    try {
        openResponse(msg)?.status(503).json({ message: 'the flow is being restarted' })
    } catch {
        // Closing goes on, whatever has become of a response.
    }
}
