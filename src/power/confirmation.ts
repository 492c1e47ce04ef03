import type { Report } from './family.ts'

/** What the plug's reports say of a command. */
export type Verdict = 'confirmed' | 'contrary'

/**
 * Tells which of a plug's reports answers our command: plugs do not say. An echo may be that of an earlier command, of a
 * press, or the second of two; but a plug does one thing after the other, so that when in doubt it is asked, and its answer
 * to that question is later than what it did about the command.
 */
export class Confirmation {
    readonly on: boolean
    readonly #loose: boolean
    readonly #settle: (verdict: Verdict) => void
    readonly #ask: () => number
    #answer: number | undefined
    /** An answer from here on confirms, but does not show the contrary: the command may have been lost. */
    #hint: number | undefined
    #lastEcho: Verdict = 'contrary'

    /**
     * @param loose whether an earlier command may still be echoed
     * @param settle is told the verdict
     * @param ask asks for the plug's state and gives the number of the answer to wait for; it sees to {@link late}
     */
    constructor(on: boolean, loose: boolean, settle: (verdict: Verdict) => void, ask: () => number) {
        this.on = on
        this.#loose = loose
        this.#settle = settle
        this.#ask = ask
    }

    /** @param answered how many queries the plug has answered so far */
    report({ on, how }: Extract<Report, { kind: 'relay' }>, answered: number): void {
        const verdict = on === this.on ? 'confirmed' : 'contrary'
        if (how === 'answer' && this.#answer !== undefined && answered >= this.#answer) this.#settle(verdict)
        if (how === 'answer' && this.#hint !== undefined && answered >= this.#hint && verdict === 'confirmed') this.#settle(verdict)
        if (how !== 'echo') return
        this.#lastEcho = verdict
        if (verdict === 'confirmed' && !this.#loose) this.#settle(verdict)
        else this.#answer ??= this.#ask()
    }

    /** It was asked after the command for another reason. @param answer the number of the answer to that */
    asked(answer: number): void {
        this.#hint = answer
        // The count began anew.
        this.#answer = undefined
    }

    /** The plug does not answer the question: its last word counts. */
    late(): void {
        this.#settle(this.#lastEcho)
    }
}
