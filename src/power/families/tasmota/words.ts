import { objectOf } from './json.ts'

/** Characters: no state text is longer. */
const LONGEST = 32

/**
 * The words a plug has for ON and OFF: whatever its owner has set.
 * @see https://tasmota.github.io/docs/Commands/#statetext
 */
export class Words {
    #own: ReadonlyMap<string, boolean> = new Map()

    /** Whether a word means on; undefined when it is not known, or none. */
    meaning(value: unknown): boolean | undefined {
        const word = wordIn(value)
        if (word === undefined) return undefined
        return this.#own.get(word) ?? standard.get(word)
    }

    /** Learns from an answer to `StateText`, which gives several, or to one of its parts. @returns whether there was anything to learn */
    learn(message: unknown): boolean {
        const { StateText1: off, StateText2: on } = objectOf(message)
        const learned = new Map(this.#own)
        for (const [value, means] of [
            [off, false],
            [on, true],
        ] as const) {
            const word = wordIn(value)
            if (word === undefined) continue
            for (const [old, meant] of learned) if (meant === means) learned.delete(old)
            learned.set(word, means)
        }
        // One word for both says nothing.
        const useless = off !== undefined && wordIn(off) === wordIn(on)
        this.#own = useless ? new Map() : learned
        return off !== undefined || on !== undefined
    }
}

const standard = new Map([
    ...['ON', '1', 'TRUE'].map((word) => [word, true] as const),
    ...['OFF', '0', 'FALSE'].map((word) => [word, false] as const),
])

/** What may be a word for ON or OFF, in capitals. */
export function wordIn(value: unknown): string | undefined {
    if (typeof value === 'object' || value === undefined) return undefined
    const word = String(value).trim().toUpperCase()
    return word.length > 0 && word.length <= LONGEST && !/^[[{"]|\p{Cc}/u.test(word) ? word : undefined
}
