import type { NodeMessage } from 'node-red'
import type { Refusal } from '../refusal.ts'

/** What an *http in* node puts on a message. */
interface HttpResponse {
    _res: {
        headersSent: boolean
        writableEnded: boolean
        status(code: number): { json(body: unknown): void }
        once(event: 'close', run: () => void): void
        off(event: 'close', run: () => void): void
    }
}

/** The response a message is bound to: one that came in over HTTP and whose caller still waits for the answer. */
export function openResponse(msg: NodeMessage): HttpResponse['_res'] | undefined {
    const response = (msg as { res?: Partial<HttpResponse> }).res?._res
    return response && !response.headersSent && !response.writableEnded ? response : undefined
}

/** The received message with the answer of a node that did what it was asked to: it leaves by output 1. */
export const answer = <T extends object>(msg: NodeMessage, payload: T): NodeMessage => Object.assign(msg, { statusCode: 200, payload })

/** The received message with the reason why a node did not do what it was asked to: it leaves by output 2. */
export const refuse = (msg: NodeMessage, refusal: Refusal): NodeMessage =>
    Object.assign(msg, {
        statusCode: refusal.status,
        payload: { message: refusal.message, ...refusal.details },
        refusal: { code: refusal.code },
    })

/** Tells a waiting caller that the flow it called is being stopped or deployed anew. */
export function answerClosing(msg: NodeMessage): void {
    openResponse(msg)?.status(503).json({ message: 'the flow is being restarted' })
}
