import type { Clock } from '../lib/index.ts'
import { LATE } from './answers.ts'
import { PowerLog } from './power-log.ts'
import type { InstanceRow, PowerChange, PowerEvent, SocketRow } from './repository.ts'
import type { Runs } from './runs.ts'

const NOTHING = { owner: '<unknown>', ids: [] } as const

/** What is known of a socket, and what follows for the store when it changes. */
export class State {
    readonly #id: string
    readonly #name: string
    readonly #clock: Clock
    readonly runs: Runs
    readonly log = new PowerLog()
    /** Whether what the store holds was read. */
    loaded = false
    /** It is being recovered, which is not written down yet. */
    recovering = false
    /** We owe the plug an OFF once nobody runs. */
    owned = false
    haltedAt: number | null = null
    /** Whether it was on when last heard of. */
    believed: boolean | undefined
    /** When it went on, in milliseconds of monotonic time. */
    onSince = 0
    /** Who stopped before the plug was known to be off, and by whom. */
    owing: { readonly owner: string; readonly ids: readonly string[] } = NOTHING
    /** A command whose confirmation never came: a late echo of it is nobody's button. */
    #unconfirmed: { on: boolean; owner: string; at: number } | undefined

    constructor(id: string, name: string, clock: Clock, runs: Runs) {
        this.#id = id
        this.#name = name
        this.#clock = clock
        this.runs = runs
    }

    get row(): SocketRow {
        return { id: this.#id, name: this.#name, owned: this.owned, haltedAt: this.haltedAt }
    }

    /** What the socket before this one knew, and the store does not. */
    inherit(row: SocketRow | undefined): void {
        this.haltedAt = row?.haltedAt ?? null
        this.owned = row?.owned ?? false
    }

    get mustBeOff(): boolean {
        return this.haltedAt !== null || (this.owned && this.runs.size === 0)
    }

    missed(on: boolean, owner: string): void {
        this.#unconfirmed = { on, owner, at: this.#clock.monotonic() }
    }

    settled(): void {
        this.#unconfirmed = undefined
    }

    /** Whose command a report out of the blue is the late echo of, if any. */
    lateEcho(on: boolean): string | undefined {
        const sent = this.#unconfirmed
        return sent && sent.on === on && this.#clock.monotonic() - sent.at < LATE ? sent.owner : undefined
    }

    /** @param since when the plug said so, in monotonic time: it may have said more by now */
    wentOn(owner: string, since = this.#clock.monotonic()): PowerEvent {
        this.believed = true
        this.onSince = since
        this.settled()
        return this.log.add({ at: this.#clock.now(), kind: 'on', owner })
    }

    /** Nobody runs and the plug is off. @param surely whether it may not yet go on by what we told it: nothing is owed any longer */
    wentOff(owner: string, surely: boolean): PowerChange {
        const at = this.#clock.now()
        const { ids } = this.owing
        // Somebody else may have switched it off before we did.
        const events = this.log.on === false ? [] : [this.log.add({ at, kind: 'off', owner })]
        this.believed = false
        this.owned = !surely
        this.owing = NOTHING
        this.settled()
        const change: PowerChange = { socket: this.row, events }
        return ids.length > 0 ? { ...change, poweredOff: { ids: [...ids], at } } : change
    }

    /** Somebody runs: what stopped earlier did so while the socket stayed on. */
    wanted(): void {
        this.owned = true
        this.owing = NOTHING
    }

    /** Those of before wait for the same OFF. */
    owe(owner: string, ids: string[] = []): void {
        this.owing = { owner, ids: [...this.owing.ids, ...ids] }
    }

    /** Ends every run at once. Those ended owe the plug an OFF unless it is off. */
    stopAll(how: 'manual' | 'emergency', off: boolean): { rows: InstanceRow[]; stopped: NonNullable<PowerChange['stopped']> } {
        const at = this.#clock.now()
        const flags = { isEmergencyStopped: how === 'emergency', isManuallyStopped: how === 'manual' }
        const rows = this.runs.takeAll()
        // Before the store was read nobody knows them.
        const ids = this.loaded ? { ids: rows.map((row) => row.id) } : {}
        const stopped = { ...ids, at, powerOffAt: off ? at : null, ...flags }
        for (const row of rows)
            Object.assign(row, flags, { stoppedAt: Math.max(at, row.startedAt), powerOffAt: off ? Math.max(at, row.startedAt) : null })
        if (!off)
            this.owe(
                how === 'emergency' ? '<emergency>' : '<manual>',
                rows.map((row) => row.id),
            )
        return { rows, stopped }
    }
}
