import type { ServerResponse } from 'node:http'
import type { NodeMessage } from 'node-red'
import { type Clock, pause } from '../lib/index.ts'
import { ownResponse } from './response.ts'

/** A client that takes nothing for so long, in milliseconds, is taken for gone. */
const STALLED = 30_000

export interface StreamOptions {
    headers: Record<string, string>
    clock: Clock
    /** Ends it half way. */
    signal: AbortSignal
}

/**
 * Answers the request that a message is bound to with text, piece by piece, no faster than the client takes it. What the first piece
 * throws is thrown before anything is answered; after that the connection is cut, so that half a file is not taken for a whole one.
 * @returns whether the client has taken all of it
 * @throws {@link Refusal} 422 `BAD_INPUT` if no request waits for an answer
 */
export async function stream(msg: NodeMessage, pieces: AsyncGenerator<string>, options: StreamOptions): Promise<boolean> {
    const response = ownResponse(msg)
    let isWhole = false
    try {
        let next = await pieces.next()
        if (response.headersSent || response.destroyed) return false
        response.writeHead(200, options.headers)
        for (; !next.done; next = await pieces.next()) {
            if (!(await put(response, next.value, options))) return false
        }
        isWhole = await end(response, options)
        return isWhole
    } finally {
        await pieces.return(undefined)
        if (!isWhole && response.headersSent) response.destroy()
    }
}

/** @returns whether there is still somebody who takes it */
async function put(response: ServerResponse, piece: string, options: StreamOptions): Promise<boolean> {
    if (response.destroyed || options.signal.aborted) return false
    if (!response.write(piece)) await happens(response, 'drain', options)
    return !response.writableNeedDrain && !response.destroyed && !options.signal.aborted
}

async function end(response: ServerResponse, options: StreamOptions): Promise<boolean> {
    response.end()
    if (!response.writableFinished) await happens(response, 'finish', options)
    return response.writableFinished
}

/** Resolves at an event of a response, or when it will not come any more. */
async function happens(response: ServerResponse, event: 'drain' | 'finish', { clock, signal }: StreamOptions): Promise<void> {
    const over = new AbortController()
    const stop = () => over.abort()
    response.once(event, stop).once('close', stop)
    try {
        await pause(clock, STALLED, AbortSignal.any([signal, over.signal]))
    } finally {
        response.off(event, stop).off('close', stop)
    }
}
