import { WebSocket } from 'ws'

/** Close codes for a frame that is not what it should be, or too large. `ws` closes with them by itself. */
const WRONG: readonly unknown[] = [1007, 1009]

/** A WebSocket that answers before it is closed for a wrong frame. */
export class Answering extends WebSocket {
    answer: (() => void) | undefined

    override close(code?: number, reason?: string): void {
        if (WRONG.includes(code) && this.readyState === this.OPEN) this.answer?.()
        super.close(code, reason)
    }
}
