import { Refusal } from '../../lib/index.ts'
import { type Access, type Kysely, preparedRows } from '../../store/index.ts'
import type { DeviceChange } from '../repository.ts'
import type { DeviceHistory, Found, NewPoint } from './history.ts'
import type { FleetTables } from './tables.ts'

/** Changes that go in one write: a turn of the event loop stays short. */
const MOST_AT_ONCE = 1000
/** Bytes of changes that go in one write. */
const MOST_BYTES = 1_048_576
/** Somebody who adds faster than the disk takes it is refused before memory runs out. */
const MOST_WAITING = 20_000

interface Batch {
    changes: DeviceChange[]
    bytes: number
    /** Nothing is added once it is being written: it may be written a second time, and must be the same then. */
    sealed: boolean
    written: Promise<void>
}

/** Gathers what devices say until the next commit comes, so that a thousand of them cost a few statements. */
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
        if (this.#waiting >= MOST_WAITING) return Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'too much waits to be written'))
        if (change.history && !this.#history.hasRoom())
            return Promise.reject(new Refusal(503, 'FLEET_BUSY', 'history comes faster than it can be stored; try again later'))
        const batch = this.#open()
        batch.changes.push(change)
        batch.bytes += change.bytes
        this.#waiting++
        this.#access.grown()
        if (batch.changes.length >= MOST_AT_ONCE || batch.bytes >= MOST_BYTES) this.seal()
        return batch.written
    }

    /** What comes next is written after what comes then. */
    seal(): void {
        if (this.#batch) this.#batch.sealed = true
        this.#batch = undefined
    }

    #open(): Batch {
        if (this.#batch && !this.#batch.sealed) return this.#batch
        const batch: Batch = { changes: [], bytes: 0, sealed: false, written: Promise.resolve() }
        batch.written = this.#put(batch).finally(() => {
            batch.sealed = true
            this.#waiting -= batch.changes.length
        })
        this.#batch = batch
        return batch
    }

    async #put(batch: Batch): Promise<void> {
        let points: NewPoint[] = []
        let found: Found | undefined
        await this.#access.write(async (db) => {
            batch.sealed = true
            points = history(batch.changes)
            await put(db, batch.changes)
            found = points.length > 0 ? await this.#history.append(db, points) : undefined
        })
        if (found) this.#history.committed(found, points.length)
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
 * Of several values of a property the last one: no statement may have a row twice. That a device said something needs a row of its own
 * only if none of its properties tells.
 */
function latest(changes: readonly DeviceChange[]): Values[] {
    const rows: Values[] = []
    const later = new Map<string, DeviceChange[]>()
    for (const change of changes.toReversed()) {
        const { fleet, id, at, set } = change
        const device = `${fleet}\0${id}`
        // Mostly a device is in a batch but once, and nothing has to be looked for.
        const others = later.get(device)
        if (set.size === 0 && !others?.some((other) => other.set.size === 0)) rows.push([fleet, id, '', 'null', at])
        for (const [name, value] of set)
            if (!others?.some((other) => other.set.has(name))) rows.push([fleet, id, name, JSON.stringify(value), at])
        if (others) others.push(change)
        else later.set(device, [change])
    }
    return rows
}

function history(changes: readonly DeviceChange[]): NewPoint[] {
    const points: NewPoint[] = []
    for (const { fleet, id, at, set, history } of changes)
        if (history)
            for (const [property, value] of set) if (typeof value === 'number') points.push({ fleet, device: id, property, at, value })
    return points
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
