import type { Report } from './family.ts'

/** What the plug's reports say of a command. */
export type Verdict = 'confirmed' | 'contrary'

/** As many questions and answers, one after the other, are not all left over from earlier. */
const ENOUGH = 5

export interface ConfirmationOptions {
    on: boolean
    /** An earlier command of the same kind may still be echoed. */
    loose: boolean
    /** Somebody before us may have told it what it has yet to do. */
    inherited: boolean
    /** Whether the number of an answer shows which question it answers. */
    counted(): boolean
    /** @param proven whether the plug said so after it had done the command */
    settle(verdict: Verdict, proven: boolean): void
    /** Asks for the plug's state and gives the number of the answer to wait for; it sees to {@link Confirmation.late} */
    ask(): number
}

/**
 * Tells which of a plug's reports answers our command: plugs do not say. An echo may be that of an earlier command, of a
 * press, or the second of two; but a plug does one thing after the other, so that when in doubt it is asked, and its answer
 * to that question is later than what it did about the command.
 */
export class Confirmation {
    readonly on: boolean
    readonly #o: ConfirmationOptions
    #answer: number | undefined
    /** It was reconnected to since: its word confirms, but does not show the contrary, for the command may have been lost. */
    #anew = false
    #waited = false
    #lastEcho: Verdict | undefined
    #lastWord: Verdict | undefined
    /** How often it was asked and said the contrary, one after the other, since it echoed that. */
    #contraries = 0

    constructor(options: ConfirmationOptions) {
        this.on = options.on
        this.#o = options
    }

    /** @param answered how many questions the plug has answered so far */
    report({ on, how }: Extract<Report, { kind: 'relay' }>, answered: number): void {
        const verdict = on === this.on ? 'confirmed' : 'contrary'
        const { loose, settle, counted, ask } = this.#o
        if (how === 'periodic') return
        this.#lastWord = verdict
        const fits = verdict === 'confirmed'
        if (how === 'echo') {
            this.#lastEcho = verdict
            if (fits) this.#contraries = 0
            if (fits && !loose) settle(verdict, true)
            else this.#answer ??= ask()
        } else if (counted() && this.#answer !== undefined && answered >= this.#answer) settle(verdict, true)
        else if (fits && this.#anew && !loose) settle(verdict, false)
        else if (!fits && this.#lastEcho === 'contrary' && answered >= this.#answer!) this.#again()
        if (fits && this.#waited) settle(verdict, false)
    }

    /** The connection to it is a new one. */
    anew(): void {
        this.#anew = true
        this.#answer = undefined
    }

    /** The plug has had its time to clear up the doubt: its last word counts, unless that may be older than the command. */
    late(): void {
        this.#waited = true
        if (this.#lastWord === 'confirmed') this.#o.settle('confirmed', false)
        else if (this.#o.counted() && this.#lastEcho === 'contrary') this.#o.settle('contrary', false)
    }

    /** Its time is up. @returns what it did, if it said so often enough for none of it to be older than the command */
    end(): Verdict | undefined {
        const { loose, inherited } = this.#o
        return this.#lastEcho === 'contrary' && this.#contraries >= ENOUGH && !loose && !inherited ? 'contrary' : undefined
    }

    /** An answer that may be an old one is followed by another question. */
    #again(): void {
        if (++this.#contraries < ENOUGH) this.#answer = this.#o.ask()
    }
}
