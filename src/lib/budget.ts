/** Bytes that may be used, all together. */
export class Budget {
    readonly most: number
    #used = 0

    /** @param most in bytes */
    constructor(most: number) {
        this.most = most
    }

    get left(): number {
        return this.most - this.#used
    }

    /** @returns whether there was room; if not, nothing is taken */
    take(bytes: number): boolean {
        if (bytes > this.left) return false
        this.#used += bytes
        return true
    }

    /** Adds bytes that are in use already, whether there is room or not. */
    add(bytes: number): void {
        this.#used += bytes
    }

    give(bytes: number): void {
        this.#used -= bytes
    }
}
