/** What is written to a reader. */
export interface Frame {
    /** Where the reader goes on when it comes back; missing where it must not go on. */
    id?: string
    event: string
    /** An object as JSON. */
    json: string
}

/** The way to a reader. */
export interface Sink {
    /** How a frame looks on it. One function for all sinks of a kind, as what many are sent is formatted once. */
    readonly format: (frame: Frame) => string
    /** Sends formatted frames. @returns whether it takes more; otherwise it calls back those of {@link onReady} once it does */
    write(frames: readonly string[]): boolean
    /** Calls back once, when it takes more again. Never, if it ends before. */
    onReady(run: () => void): void
    /** Calls back once, when there is nobody any more. */
    onGone(run: () => void): void
    /** Shows whatever is on the way that there is somebody, where nothing else does. */
    keepAlive?(): void
    /** Has the reader come back after a while. */
    end(): void
}
