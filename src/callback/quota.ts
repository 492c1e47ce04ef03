/** How many callbacks may be owed, and how much room they may take in the store, in bytes, before no more are promised. */
const MOST = 100_000
const MOST_BYTES = 268_435_456
/** The longest answer that is sent, in characters of JSON. */
const LONGEST = 16_777_216
/** What a row takes besides its texts. */
const ROW = 256

/** How much room the callbacks of a store take, open and ready ones. */
export class Quota {
    readonly #sizes = new Map<string, number>()
    #bytes = 0

    /** Whether no more may be promised. @param url how long the URL is */
    isFull(url: number): boolean {
        return this.#sizes.size >= MOST || this.#bytes + url + ROW > MOST_BYTES
    }

    /** Whether there is room for a note or an answer to one that is counted. */
    fits(length: number): boolean {
        return length <= LONGEST && this.#bytes + length <= MOST_BYTES
    }

    add(id: string, length: number): void {
        const size = (this.#sizes.get(id) ?? ROW) + length
        this.remove(id)
        this.#sizes.set(id, size)
        this.#bytes += size
    }

    remove(id: string): void {
        this.#bytes -= this.#sizes.get(id) ?? 0
        this.#sizes.delete(id)
    }
}
