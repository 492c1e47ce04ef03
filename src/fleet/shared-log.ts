/** The log of something that several nodes share: the log of one of them. */
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
