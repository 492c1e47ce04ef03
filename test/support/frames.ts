import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A WebSocket client that remembers what it is sent, as text. */
export class Frames {
    readonly socket: WebSocket
    readonly all: string[] = []

    constructor(url: string, protocols: string[] = [], headers: Record<string, string> = {}) {
        this.socket = new WebSocket(url, protocols, { headers })
        this.socket.on('message', (data) => {
            this.all.push(String(data))
            this.socket.emit('remembered')
        })
    }

    static async open(url: string, protocols?: string[], headers?: Record<string, string>): Promise<Frames> {
        const frames = new Frames(url, protocols, headers)
        await once(frames.socket, 'open')
        return frames
    }

    send(frame: unknown): void {
        this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
    }

    /** The first frame, from the given one on, of which it holds. */
    async until(holds: (frame: any) => boolean, from = 0, timeout = 30_000): Promise<any> {
        const signal = AbortSignal.timeout(timeout)
        for (let at = from; ; at++) {
            while (at >= this.all.length)
                await once(this.socket, 'remembered', { signal }).catch(() => {
                    throw new Error(`no such frame among ${JSON.stringify(this.all.slice(from)).slice(0, 2000)}`)
                })
            const frame: unknown = JSON.parse(this.all[at]!)
            if (holds(frame)) return frame
        }
    }

    async close(): Promise<void> {
        if (this.socket.readyState === WebSocket.CLOSED) return
        this.socket.close()
        await once(this.socket, 'close')
    }
}
