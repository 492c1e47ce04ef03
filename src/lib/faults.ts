import { Refusal } from './refusal.ts'

/** What is wrong with a document. */
export interface Fault {
    path: string
    message: string
}

/** Faults that are told: a body may have any number of properties that nobody knows. */
const MOST = 100

/** Gathers all that is wrong with what somebody gave, so that they are told at once. */
export class Faults {
    readonly #all: Fault[] = []

    add(path: string, message: string): undefined {
        if (this.#all.length < MOST) this.#all.push({ path, message })
    }

    addAll(faults: readonly Fault[]): void {
        for (const { path, message } of faults) this.add(path, message)
    }

    get isEmpty(): boolean {
        return this.#all.length === 0
    }

    /** @throws {@link Refusal} 422 `BAD_INPUT` with `errors`, if anything is wrong */
    check(): void {
        if (this.isEmpty) return
        const text = this.#all.map(({ path, message }) => `${path} ${message}`).join('; ')
        throw new Refusal(422, 'BAD_INPUT', text, { errors: this.#all })
    }

    /** Reads a value; a {@link Refusal} of it is one more fault. */
    read<T>(path: string, read: () => T): T | undefined {
        try {
            return read()
        } catch (error) {
            if (!(error instanceof Refusal)) throw error
            return this.add(path, error.message.startsWith(`${path} `) ? error.message.slice(path.length + 1) : error.message)
        }
    }

    /** Reads a value of which a {@link Refusal} tells by itself, as `errors`, where it is wrong. */
    take<T>(read: () => T): T | undefined {
        try {
            return read()
        } catch (error) {
            if (!(error instanceof Refusal) || !Array.isArray(error.details.errors)) throw error
            this.addAll(error.details.errors)
            return undefined
        }
    }
}

/** The fields of an object; a fault if it is none. */
export function objectOf(path: string, given: unknown, faults: Faults): Record<string, unknown> | undefined {
    if (given === undefined || given === null) return faults.add(path, 'is required')
    if (typeof given !== 'object' || Array.isArray(given)) return faults.add(path, 'must be an object')
    return given as Record<string, unknown>
}
