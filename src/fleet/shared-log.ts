/** The log of something that several nodes share: that of one of them that is still there. */
export class SharedLog {
    readonly #logs = new Map<AbortSignal, (text: string) => void>()

    /** Until the signal aborts. */
    add(log: (text: string) => void, signal: AbortSignal): void {
        if (signal.aborted) return
        this.#logs.set(signal, log)
        signal.addEventListener('abort', () => this.#logs.delete(signal), { once: true })
    }

    readonly tell = (text: string): void => {
        const [log] = this.#logs.values()
        log?.(text)
    }
}
