import { Refusal } from '../../lib/index.ts'
import { type Access, type Kysely, preparedRows } from '../../store/index.ts'
import type { DeviceChange } from '../repository.ts'
import type { Appended, DeviceHistory } from './history.ts'
import type { FleetTables } from './tables.ts'

/** Changes in one write, so that it does not block the event loop. */
const MAX_AT_ONCE = 1000
/** Bytes of changes in one write. */
const MAX_BYTES = 1_048_576
/** Changes that may wait to be written. */
const MAX_WAITING = 20_000

interface Batch {
    changes: DeviceChange[]
    bytes: number
    /** Whether it is being written, so that nothing may be added: a write may be repeated. */
    sealed: boolean
    written: Promise<void>
}

/** Batches changes until the next commit, so that a thousand of them take a few statements. */
export class DeviceChanges {
    readonly #access: Access<FleetTables>
    readonly #history: DeviceHistory
    #batch: Batch | undefined
    #waiting = 0

    constructor(access: Access<FleetTables>, history: DeviceHistory) {
        this.#access = access
        this.#history = history
    }

    /** Resolves once it is committed. */
    add(change: DeviceChange): Promise<void> {
        if (this.#waiting >= MAX_WAITING) return Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'too much waits to be written'))
        if (change.history && !this.#history.hasRoom())
            return Promise.reject(new Refusal(503, 'FLEET_BUSY', 'history comes faster than it can be stored; try again later'))
        const batch = this.#open()
        batch.changes.push(change)
        batch.bytes += change.bytes
        this.#waiting++
        this.#access.grown()
        if (batch.changes.length >= MAX_AT_ONCE || batch.bytes >= MAX_BYTES) this.seal()
        return batch.written
    }

    /** Ends the current batch: later changes are written after writes that come before them. */
    seal(): void {
        if (this.#batch) this.#batch.sealed = true
        this.#batch = undefined
    }

    #open(): Batch {
        if (this.#batch && !this.#batch.sealed) return this.#batch
        // The list is no literal, for the reason told at Outcome.
        const batch: Batch = { changes: Array.of(), bytes: 0, sealed: false, written: Promise.resolve() }
        batch.written = this.#put(batch).finally(() => {
            batch.sealed = true
            this.#waiting -= batch.changes.length
        })
        this.#batch = batch
        return batch
    }

    async #put(batch: Batch): Promise<void> {
        let appended: Appended | undefined
        await this.#access.write(async (db) => {
            batch.sealed = true
            await put(db, batch.changes)
            appended = await this.#history.append(db, batch.changes)
        })
        if (appended) this.#history.committed(appended)
    }
}

async function put(db: Kysely<FleetTables>, changes: readonly DeviceChange[]): Promise<void> {
    for (const { fleet, id, owner, register, at } of changes) {
        if (register) await putDevice(db, { fleet, id, owner: owner ?? null, registered_at: at })
        else if (owner !== undefined)
            await db.updateTable('devices').set({ owner }).where('fleet', '=', fleet).where('id', '=', id).execute()
    }
    await putProperties(db, latest(changes))
}

export async function putDevice(
    db: Kysely<FleetTables>,
    row: { fleet: string; id: string; owner: string | null; registered_at: number },
): Promise<void> {
    await db
        .insertInto('devices')
        .values(row)
        .onConflict((conflict) => conflict.columns(['fleet', 'id']).doUpdateSet({ owner: row.owner }))
        .execute()
}

type Values = (string | number | null)[]

/**
 * The rows of the last value of each property, as a statement may not have a row twice. The time of a report without changes is a row of its
 * own.
 */
function latest(changes: readonly DeviceChange[]): Values[] {
    const rows: Values[] = []
    const later = new Map<string, DeviceChange[]>()
    for (const change of changes.toReversed()) {
        const { fleet, id, at, set } = change
        const device = `${fleet}\0${id}`
        // Usually a device is in a batch only once.
        const others = later.get(device)
        if (set.size === 0 && !others?.some((other) => other.set.size === 0)) rows.push([fleet, id, '', 'null', at])
        set.forEach((value, name) => {
            if (!others?.some((other) => other.set.has(name))) rows.push([fleet, id, name, JSON.stringify(value), at])
        })
        if (others) others.push(change)
        else later.set(device, [change])
    }
    return rows
}

export const putProperties = preparedRows((db: Kysely<FleetTables>, rows) =>
    db
        .insertInto('device_properties')
        .values(Array.from({ length: rows }, () => ({ fleet: '', device: '', name: '', value: '', at: 0 })))
        .onConflict((conflict) =>
            conflict
                .columns(['fleet', 'device', 'name'])
                .doUpdateSet((from) => ({ value: from.ref('excluded.value'), at: from.ref('excluded.at') })),
        ),
)
