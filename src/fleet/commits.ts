/** Tells what becomes of changes, with one reaction to the promise that many of them share: one for each costs more than to write it. */
export class Commits<Change> {
    readonly #ended: (change: Change, error: unknown) => void
    #written: Promise<void> | undefined
    #changes: Change[] = []

    /** @param ended is called once for each change, with an error if it was not committed */
    constructor(ended: (change: Change, error: unknown) => void) {
        this.#ended = ended
    }

    /** @param written resolves once the change is committed */
    wait(written: Promise<void>, change: Change): void {
        if (written === this.#written) return void this.#changes.push(change)
        // Not as a literal, for the reason told at Outcome.
        const changes = Array.of(change)
        this.#written = written
        this.#changes = changes
        const end = (error?: unknown) => {
            if (this.#written === written) {
                this.#written = undefined
                this.#changes = []
            }
            for (const one of changes) this.#ended(one, error)
        }
        written.then(() => end(), end)
    }
}
