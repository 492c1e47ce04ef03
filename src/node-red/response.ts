import type { NodeMessage } from 'node-red'

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
