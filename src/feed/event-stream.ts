import type { ServerResponse } from 'node:http'
import type { Frame, Sink } from './sink.ts'

const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    // What compresses answers would hold frames back until there are many of them.
    'cache-control': 'no-cache, no-transform',
    // Has nginx pass on each frame at once.
    'x-accel-buffering': 'no',
}

/**
 * A reader that gets server-sent events as the answer to its request (WHATWG HTML, 9.2).
 * @param retry milliseconds after which it comes back when the connection ends
 */
export class EventStream implements Sink {
    readonly #response: ServerResponse
    readonly format = format

    constructor(response: ServerResponse, retry: number) {
        this.#response = response
        // One that was cut off is known by its end.
        response.on('error', () => {})
        response.socket?.setNoDelay(true)
        response.writeHead(200, headers)
        response.write(`retry: ${retry}\n\n`)
    }

    write(frames: readonly string[]): boolean {
        return this.#isOver || this.#response.write(frames.join(''))
    }

    onReady(run: () => void): void {
        this.#response.once('drain', run)
    }

    onGone(run: () => void): void {
        this.#response.once('close', run)
        if (this.#response.closed || this.#response.destroyed) run()
    }

    keepAlive(): void {
        if (!this.#isOver) this.#response.write(':\n\n')
    }

    get #isOver(): boolean {
        return this.#response.destroyed || this.#response.writableEnded
    }

    /** Cuts the connection of one that has left something untaken: it would not take the end either. */
    end(): void {
        if (this.#response.writableNeedDrain) this.#response.destroy()
        else this.#response.end()
    }
}

function format({ id, event, json }: Frame): string {
    return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${json}\n\n`
}
