/** A frame of the push socket, or a request and its answer. */
export interface LoggedFrame {
    /** Milliseconds since 1970. */
    at: number
    direction: 'in' | 'out'
    text: string
}

/** Frames that are remembered. */
const MOST = 300

/** The latest frames that came and went, for whoever looks for a fault. */
export class FrameLog {
    frames: LoggedFrame[] = []
    isPaused = false

    add(direction: LoggedFrame['direction'], frame: object): void {
        if (this.isPaused) return
        this.frames.push({ at: Date.now(), direction, text: JSON.stringify(frame) })
        if (this.frames.length > MOST * 1.2) this.frames = this.frames.slice(-MOST)
    }

    clear(): void {
        this.frames = []
    }
}
