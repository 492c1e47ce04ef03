import { deviceId, propertyName, readValue } from '../fleet/index.ts'
import { badInput, identifier, nonNegative, Refusal, word } from '../lib/index.ts'
import { type Protocol, readJson, type Session, Unreadable } from '../peers/index.ts'
import type { Peer } from '../ws/index.ts'
import type { ViewAnswer } from './view-event.ts'

/** The subprotocol of pages that are told each event of their view. */
export const VIEW_PROTOCOL = 'socketworks.view.1'
/** Seconds of history that may be asked for: a year. */
const MAX_HISTORY = 31_622_400
/** Characters of a request's name. */
const MAX_REQUEST = 128
const PONG = JSON.stringify({ kind: 'pong' } satisfies ViewAnswer)
const types = ['view', 'resume', 'history', 'set'] as const

/** A request of a viewer, without its query. */
export type ViewerRequest =
    | { type: 'view' }
    | { type: 'resume'; epoch: string; seq: number }
    | { type: 'history'; id: string; property: string; seconds: number }
    | { type: 'set'; id: string; property: string; value: unknown; request: string }

/**
 * Adds the subprotocol `socketworks.view.1` to a protocol whose peers can be shown live views: frames in are a `ViewRequest`, frames out a
 * `ViewEvent` or a `ViewAnswer`, each as JSON. What cannot be understood is answered with `{kind: 'refused'}`.
 */
export function withViews(protocol: Protocol): Protocol {
    if (!protocol.viewers) return protocol
    return {
        ...protocol,
        subprotocols: protocol.subprotocols ?? { names: [VIEW_PROTOCOL], required: false },
        open: (peer, tools) => (peer.subprotocol === VIEW_PROTOCOL ? viewSession(peer) : protocol.open(peer, tools)),
    }
}

const viewSession = (peer: Peer): Session => ({
    receive(text) {
        const incoming = readJson(text, refusal)
        const { payload } = incoming
        if (Reflect.get(Object(payload), 'type') === 'ping') return void peer.send(PONG)
        const reason = reasonAgainst(payload)
        if (reason !== undefined) throw new Unreadable(reason, refusal(reason))
        return incoming
    },
    encode: (payload) => JSON.stringify(payload),
    reply: (_ref, statusCode, payload) =>
        JSON.stringify(statusCode < 400 ? payload : refused('REFUSED', String(Reflect.get(Object(payload), 'message') ?? statusCode))),
    encoding: VIEW_PROTOCOL,
})

const refusal = (reason: string): string => JSON.stringify(refused('BAD_INPUT', reason))

/** The answer to a request that is refused. */
export const refused = (code: string, message: string): ViewAnswer => ({ kind: 'refused', code, message })

/** Reads a request. @throws {@link Refusal} 422 `BAD_INPUT` */
export function readViewerRequest(payload: unknown): ViewerRequest {
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw badInput('type', 'is required')
    const frame: Record<string, unknown> = { ...payload }
    const type = word('type', frame.type, types)
    if (type === 'view') return { type }
    if (type === 'resume') return { type, epoch: textual('epoch', frame.epoch), seq: integer('seq', frame.seq) }
    const of = { id: deviceId('id', frame.id), property: propertyName('property', frame.property) }
    if (type === 'history') return { type, ...of, seconds: nonNegative('seconds', frame.seconds, MAX_HISTORY) }
    const request = identifier('request', frame.request)
    if (request.length > MAX_REQUEST) throw badInput('request', `must be at most ${MAX_REQUEST} characters`)
    return { type, ...of, value: readValue('value', frame.value), request }
}

function reasonAgainst(payload: unknown): string | undefined {
    try {
        readViewerRequest(payload)
        return undefined
    } catch (error) {
        if (error instanceof Refusal) return error.message
        throw error
    }
}

function textual(field: string, value: unknown): string {
    if (typeof value !== 'string') throw badInput(field, 'must be text')
    return value
}

function integer(field: string, value: unknown): number {
    if (!Number.isSafeInteger(value)) throw badInput(field, 'must be a whole number')
    return Number(value)
}
