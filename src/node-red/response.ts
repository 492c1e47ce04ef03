import type { ServerResponse } from 'node:http'
import type { NodeMessage } from 'node-red'
import { badInput } from '../lib/index.ts'

/** What an *http in* node puts on a message. */
interface HttpResponse {
    _res: {
        headersSent: boolean
        statusCode: number
        destroyed: boolean
        writableEnded: boolean
        status(code: number): { json(body: unknown): void }
        once(event: 'close', run: () => void): void
        off(event: 'close', run: () => void): void
    }
}

/** The response a message is bound to: one that came in over HTTP and whose caller still waits for the answer. */
export function openResponse(msg: NodeMessage): HttpResponse['_res'] | undefined {
    const response = (msg as { res?: Partial<HttpResponse> | null }).res?._res
    // A whole message that came over a WebSocket may hold anything by that name.
    if (typeof response?.status !== 'function') return undefined
    return response.headersSent || response.writableEnded ? undefined : response
}

/**
 * As {@link openResponse}, for a node that answers by itself.
 * @throws {@link Refusal} 422 `BAD_INPUT` if no request waits for an answer
 */
export function ownResponse(msg: NodeMessage): ServerResponse {
    const response = openResponse(msg) as unknown as ServerResponse | undefined
    if (!response) throw badInput('msg.res', 'must be that of an http in node whose request was not answered yet')
    return response
}
