import { Agenda, type Clock } from '../clock/index.ts'
import type { InstanceRow } from './repository.ts'

/** The instances of a socket that run now, with their deadlines. */
export class Runs {
    readonly #rows = new Map<string, InstanceRow>()
    readonly #deadlines: Agenda<string>

    /** @param expire is told which instance has run for its `timeout` */
    constructor(clock: Clock, expire: (id: string) => void, signal: AbortSignal) {
        this.#deadlines = new Agenda(clock, expire)
        signal.addEventListener('abort', () => this.#deadlines.clear())
    }

    get size(): number {
        return this.#rows.size
    }

    get ids(): string[] {
        return [...this.#rows.keys()]
    }

    get withTimeout(): string[] {
        return [...this.#rows.values()].filter((row) => row.timeout > 0).map((row) => row.id)
    }

    /** When the last of them will have stopped by itself, in milliseconds since 1970; undefined if one never does, or none runs. */
    get end(): number | undefined {
        let end: number | undefined
        for (const { startedAt, timeout } of this.#rows.values()) {
            if (timeout === 0) return undefined
            end = Math.max(end ?? 0, startedAt + timeout)
        }
        return end
    }

    get(id: string): InstanceRow | undefined {
        return this.#rows.get(id)
    }

    add(row: InstanceRow): void {
        this.#rows.set(row.id, row)
        if (row.timeout > 0) this.#deadlines.set(row.id, row.startedAt + row.timeout)
    }

    take(id: string): InstanceRow | undefined {
        const row = this.#rows.get(id)
        this.#rows.delete(id)
        this.#deadlines.delete(id)
        return row
    }

    /** Those whose time was over before now. */
    overdue(now: number): string[] {
        return [...this.#rows.values()].filter((row) => row.timeout > 0 && row.startedAt + row.timeout <= now).map((row) => row.id)
    }

    takeAll(): InstanceRow[] {
        const rows = [...this.#rows.values()]
        this.#rows.clear()
        this.#deadlines.clear()
        return rows
    }
}

/** The longest timeout an instance may have, in milliseconds: a hundred years. */
export const LONGEST_RUN = 3_155_760_000_000
