import type { Kysely } from 'kysely'
import type { DeviceChange } from '../devices/repository.ts'
import { Refusal } from '../refusal.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'
import { prepared } from './upsert.ts'

/** Changes that go in one write: a turn of the event loop stays short. */
const MOST_AT_ONCE = 1000
/** Somebody who adds faster than the disk takes it is refused before memory runs out. */
const MOST_WAITING = 20_000

interface Batch {
    changes: DeviceChange[]
    /** Nothing is added once it is being written: it may be written a second time, and must be the same then. */
    sealed: boolean
    written: Promise<void>
}

/** Gathers what devices say until the next commit comes, so that a thousand of them cost a few statements. */
export class DeviceChanges {
    readonly #write: Access['write']
    #batch: Batch | undefined
    #waiting = 0

    constructor(write: Access['write']) {
        this.#write = write
    }

    /** Resolves once it is committed. */
    add(change: DeviceChange): Promise<void> {
        if (this.#waiting >= MOST_WAITING) return Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'too much waits to be written'))
        const batch = this.#open()
        batch.changes.push(change)
        this.#waiting++
        if (batch.changes.length >= MOST_AT_ONCE) this.seal()
        return batch.written
    }

    /** What comes next is written after what comes then. */
    seal(): void {
        if (this.#batch) this.#batch.sealed = true
        this.#batch = undefined
    }

    #open(): Batch {
        if (this.#batch && !this.#batch.sealed) return this.#batch
        const batch: Batch = { changes: [], sealed: false, written: Promise.resolve() }
        batch.written = this.#write((db) => {
            batch.sealed = true
            return put(db, batch.changes)
        }).finally(() => {
            batch.sealed = true
            this.#waiting -= batch.changes.length
        })
        this.#batch = batch
        return batch
    }
}

async function put(db: Kysely<Database>, changes: readonly DeviceChange[]): Promise<void> {
    for (const { fleet, id, owner, register, at } of changes) {
        if (register) await insert(db, { fleet, id, owner: owner ?? null, registered_at: at })
        else if (owner !== undefined)
            await db.updateTable('devices').set({ owner }).where('fleet', '=', fleet).where('id', '=', id).execute()
    }
    await putProperties(db, latest(changes))
    const points = history(changes)
    if (points.length > 0) await putHistory(db, points)
}

async function insert(
    db: Kysely<Database>,
    row: { fleet: string; id: string; owner: string | null; registered_at: number },
): Promise<void> {
    await db
        .insertInto('devices')
        .values(row)
        .onConflict((conflict) => conflict.columns(['fleet', 'id']).doUpdateSet({ owner: row.owner }))
        .execute()
}

type Values = (string | number | null)[]

/** Of several values of a property the last one: no statement may have a row twice. */
function latest(changes: readonly DeviceChange[]): Values[] {
    const rows = new Map<string, Values>()
    for (const { fleet, id, at, set } of changes) {
        const device = JSON.stringify([fleet, id])
        rows.set(device, [fleet, id, '', 'null', at])
        for (const [name, value] of set) rows.set(device + name, [fleet, id, name, JSON.stringify(value), at])
    }
    return [...rows.values()]
}

function history(changes: readonly DeviceChange[]): Values[] {
    const rows = new Map<string, Values>()
    for (const { fleet, id, at, set, history } of changes)
        if (history)
            for (const [name, value] of set)
                if (typeof value === 'number') rows.set(JSON.stringify([fleet, id, name, at]), [fleet, id, name, at, value])
    return [...rows.values()]
}

const putProperties = prepared((db, rows) =>
    db
        .insertInto('device_properties')
        .values(Array.from({ length: rows }, () => ({ fleet: '', device: '', name: '', value: '', at: 0 })))
        .onConflict((conflict) =>
            conflict
                .columns(['fleet', 'device', 'name'])
                .doUpdateSet((from) => ({ value: from.ref('excluded.value'), at: from.ref('excluded.at') })),
        ),
)

/** Of two values in the same millisecond the later one counts. */
const putHistory = prepared((db, rows) =>
    db
        .insertInto('device_history')
        .values(Array.from({ length: rows }, () => ({ fleet: '', device: '', property: '', at: 0, value: 0 })))
        .onConflict((conflict) =>
            conflict.columns(['fleet', 'device', 'property', 'at']).doUpdateSet((from) => ({ value: from.ref('excluded.value') })),
        ),
)
