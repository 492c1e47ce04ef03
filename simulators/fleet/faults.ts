/** How often something goes wrong with a message, from 0 to 1. */
export interface Faults {
    /** It is lost on its way. */
    drop: number
    /** It comes twice. */
    duplicate: number
    /** It comes after the next one. */
    reorder: number
}

/** A line on which things go wrong: hands on what is put in, but not always, not only once and not always in order. */
export class Line {
    readonly counts: Faults = { drop: 0, duplicate: 0, reorder: 0 }
    readonly #rates: Faults
    readonly #chance: () => number
    readonly #send: (text: string) => void
    #held: string | undefined

    constructor(rates: Faults, chance: () => number, send: (text: string) => void) {
        this.#rates = rates
        this.#chance = chance
        this.#send = send
    }

    put(text: string): void {
        const { drop, duplicate, reorder } = this.#rates
        const luck = this.#chance()
        if (luck < drop) {
            this.counts.drop++
            return
        }
        if (luck < drop + reorder && this.#held === undefined) {
            this.counts.reorder++
            this.#held = text
            return
        }
        this.#send(text)
        if (luck >= 1 - duplicate) {
            this.counts.duplicate++
            this.#send(text)
        }
        this.flush()
    }

    /** Sends what was held back for the next message. */
    flush(): void {
        const held = this.#held
        this.#held = undefined
        if (held !== undefined) this.#send(held)
    }
}
