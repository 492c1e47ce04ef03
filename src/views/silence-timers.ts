import type { DeviceRow } from '../fleet/index.ts'
import { Agenda, type Clock } from '../lib/index.ts'

/** Tells when devices have been silent for certain durations, with one timer for all of them. */
export class SilenceTimers {
    readonly #rows: ReadonlyMap<string, DeviceRow>
    readonly #clock: Clock
    readonly #agenda: Agenda<string>
    /** When each device is checked next. A report in between does not move that: the check is then in vain, and repeated later. */
    readonly #next = new Map<string, number>()
    #durations: ReadonlySet<number> = new Set()

    /** @param silent is told of each device that may have been silent for one of the durations */
    constructor(clock: Clock, rows: ReadonlyMap<string, DeviceRow>, silent: (id: string) => void) {
        this.#clock = clock
        this.#rows = rows
        this.#agenda = new Agenda(clock, (id) => {
            this.#next.delete(id)
            silent(id)
            const row = rows.get(id)
            if (row) this.heard(row)
        })
    }

    /** Sets the durations, in milliseconds. */
    watch(durations: ReadonlySet<number>): void {
        if (durations.size === 0) {
            this.#agenda.clear()
            this.#next.clear()
        }
        const isNew = [...durations].some((duration) => !this.#durations.has(duration))
        this.#durations = durations
        if (isNew) for (const row of this.#rows.values()) this.heard(row)
    }

    /** Schedules the next check of a device. */
    heard(row: DeviceRow): void {
        if (this.#durations.size === 0) return
        const now = this.#clock.monotonic()
        const heardAt = row.heardAt ?? now
        let next = Number.POSITIVE_INFINITY
        for (const duration of this.#durations) {
            const at = heardAt + duration
            if (at > now && at < next) next = at
        }
        if (next === Number.POSITIVE_INFINITY || next >= (this.#next.get(row.id) ?? Number.POSITIVE_INFINITY)) return
        this.#next.set(row.id, next)
        this.#agenda.after(row.id, next - now)
    }
}
