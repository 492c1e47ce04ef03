import { Budget } from '../lib/index.ts'
import type { CommandAnswer } from '../peers/index.ts'

/** What may wait for the store: so many answers, and so many characters of what they say. */
const MAX_COUNT = 10_000
const MAX_SIZE = 16_777_216

/** The answers of devices that wait to be stored: only so many, however long the store is away. */
export class Answers {
    readonly #log: (text: string) => void
    readonly #room = new Budget(MAX_SIZE)
    #count = 0
    #dropped = 0

    constructor(log: (text: string) => void) {
        this.#log = log
    }

    /** Stores an answer, or drops it if too many wait for that already. @param write resolves once it is stored, and never rejects */
    async store(answer: CommandAnswer, write: () => Promise<void>): Promise<void> {
        const size = sizeOf(answer)
        if (this.#count >= MAX_COUNT || !this.#room.take(size)) return this.#drop()
        this.#count++
        await write()
        this.#count--
        this.#room.give(size)
        if (this.#count > 0 || this.#dropped === 0) return
        this.#log(`${this.#dropped} answers of devices were dropped, as the store was away`)
        this.#dropped = 0
    }

    #drop(): void {
        if (this.#dropped++ === 0) this.#log('too many answers of devices wait for the store: further ones are dropped until it is back')
    }
}

const sizeOf = ({ value, reason = '' }: CommandAnswer): number =>
    reason.length + (typeof value === 'string' ? value.length : typeof value === 'object' ? JSON.stringify(value).length : 0)
