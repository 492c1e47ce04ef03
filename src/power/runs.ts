import type { EnergyMeter, Newest } from '../energy/index.ts'
import { Agenda, type Clock } from '../lib/index.ts'
import type { InstanceRow } from './repository.ts'

/** Instances that are remembered after they ended, the latest. */
const MOST_ENDED = 2000

/** The instances of a socket that run now, with their deadlines. */
export class Runs {
    readonly #clock: Clock
    readonly #rows = new Map<string, InstanceRow>()
    /** Their ids, for as long as none has gone. */
    #ids: string[] | undefined
    readonly #ended = new Map<string, InstanceRow>()
    readonly #deadlines: Agenda<string>
    /** When each of those with a timeout will have stopped by itself, in monotonic time. */
    readonly #ends = new Map<string, number>()

    readonly #energy: EnergyMeter | undefined

    /** @param expire is told which instance has run for its `timeout` */
    constructor(clock: Clock, expire: (id: string) => void, signal: AbortSignal, log?: (text: string) => void, energy?: EnergyMeter) {
        this.#clock = clock
        this.#energy = energy
        this.#deadlines = new Agenda(clock, expire, log && { failed: (error) => log(`a deadline failed: ${error}`) })
        signal.addEventListener('abort', () => this.#deadlines.clear())
    }

    get size(): number {
        return this.#rows.size
    }

    get ids(): string[] {
        this.#ids ??= [...this.#rows.keys()]
        return this.#ids.slice()
    }

    get withTimeout(): string[] {
        return [...this.#rows.values()].filter((row) => row.timeout > 0).map((row) => row.id)
    }

    /** When the last of them will have stopped by itself, in milliseconds of monotonic time; undefined if one never does, or none runs. */
    get end(): number | undefined {
        if (this.#rows.size > this.#ends.size) return undefined
        let end: number | undefined
        for (const at of this.#ends.values()) end = Math.max(end ?? at, at)
        return end
    }

    get(id: string): InstanceRow | undefined {
        return this.#rows.get(id)
    }

    /** The ids of those that run for an owner, oldest first. */
    of(owner: string): string[] {
        return [...this.#rows.values()].filter((row) => row.owner === owner).map(({ id }) => id)
    }

    /**
     * It stops by itself later than before.
     * @param timeout from its start @param left from now, both in milliseconds
     * @returns whether it runs
     */
    renew(id: string, timeout: number, left: number): boolean {
        const row = this.#rows.get(id)
        if (!row) return false
        row.timeout = timeout
        this.#endAfter(id, left)
        return true
    }

    #endAfter(id: string, left: number): void {
        this.#ends.set(id, this.#clock.monotonic() + left)
        this.#deadlines.after(id, left)
    }

    /** Another one is the newest now. */
    settle({ id, run }: Newest): void {
        const row = this.#rows.get(id)
        if (row) row.energy = run
    }

    /** One that runs, with what it has used by now. */
    asNow(id: string): InstanceRow | undefined {
        const row = this.#rows.get(id)
        if (!row?.energy || !this.#energy) return row && { ...row }
        return { ...row, energy: this.#energy.current(id, row.energy) }
    }

    add(row: InstanceRow): void {
        if (this.#rows.has(row.id)) this.#ids = undefined
        this.#rows.set(row.id, row)
        this.#ids?.push(row.id)
        if (row.timeout === 0) return
        // One that has started in the future did so before the clock was set back: nothing runs for longer than its timeout.
        const left = Math.min(row.startedAt + row.timeout - this.#clock.now(), row.timeout)
        this.#endAfter(row.id, left)
    }

    take(id: string): InstanceRow | undefined {
        const row = this.#rows.get(id)
        if (this.#rows.delete(id)) this.#ids = undefined
        this.#ends.delete(id)
        this.#deadlines.delete(id)
        if (!row) return undefined
        this.#close(row)
        this.#remember(row)
        return row
    }

    /** One of the latest that ran, as it was when it did. */
    ended(id: string): InstanceRow | undefined {
        return this.#ended.get(id)
    }

    /** It uses nothing more. */
    #close(row: InstanceRow): void {
        if (row.energy && this.#energy) row.energy = this.#energy.stop(row.id, row.energy)
    }

    #remember(row: InstanceRow): void {
        this.#ended.set(row.id, { ...row })
        if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.keys().next().value!)
    }

    /** Those whose time is over already. */
    get overdue(): string[] {
        const now = this.#clock.monotonic()
        return [...this.#ends].filter(([, end]) => end <= now).map(([id]) => id)
    }

    takeAll(): InstanceRow[] {
        const rows = [...this.#rows.values()]
        for (const row of rows) this.#close(row)
        for (const row of rows.slice(-MOST_ENDED)) this.#remember(row)
        this.#rows.clear()
        this.#ids = undefined
        this.#ends.clear()
        this.#deadlines.clear()
        return rows
    }
}

/** The longest timeout an instance may have, in milliseconds: a hundred years. */
export const LONGEST_RUN = 3_155_760_000_000
