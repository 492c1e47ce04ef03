/** Warnings about one plug; whoever can publish can make up more. */
const MOST = 40

/** Says each thing once, and not without end. */
export class Warnings {
    readonly #log: (text: string) => void
    readonly #said = new Set<string>()

    constructor(log: (text: string) => void) {
        this.#log = log
    }

    say(text: string): void {
        if (this.#said.has(text) || this.#said.size >= MOST) return
        this.#said.add(text)
        this.#log(text)
    }
}
