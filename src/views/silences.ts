import type { DeviceRow } from '../fleet/index.ts'
import { Agenda, type Clock } from '../lib/index.ts'

/** Tells when devices have been silent for as long as somebody wants to know: with one timer for all of them. */
export class Silences {
    readonly #rows: ReadonlyMap<string, DeviceRow>
    readonly #clock: Clock
    readonly #agenda: Agenda<string>
    /** When each device is looked at next. That it speaks meanwhile changes nothing: it is then looked at in vain, and again later. */
    readonly #next = new Map<string, number>()
    #durations: ReadonlySet<number> = new Set()

    /** @param fallen is told each device that may have been silent long enough */
    constructor(clock: Clock, rows: ReadonlyMap<string, DeviceRow>, fallen: (id: string) => void) {
        this.#clock = clock
        this.#rows = rows
        this.#agenda = new Agenda(clock, (id) => {
            this.#next.delete(id)
            fallen(id)
            const row = rows.get(id)
            if (row) this.heard(row)
        })
    }

    /** How long devices have to be silent, in milliseconds, for somebody to be told. */
    watch(durations: ReadonlySet<number>): void {
        if (durations.size === 0) {
            this.#agenda.clear()
            this.#next.clear()
        }
        const isNew = [...durations].some((duration) => !this.#durations.has(duration))
        this.#durations = durations
        if (isNew) for (const row of this.#rows.values()) this.heard(row)
    }

    /** Looks at a device again when it will have been silent long enough. */
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
