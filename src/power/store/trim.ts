import type { Access, Kysely } from '../../store/index.ts'
import type { PowerTables } from './tables.ts'

/** How much of what sockets did is kept. */
export interface PowerLimits {
    /** Days that stopped instances, and the times of power on and off, are kept; 0 means for ever. */
    instanceDays: number
    /** Stopped instances that are kept of one socket, the latest. */
    mostInstances: number
}

const DAY = 86_400_000
/** So many instances go in one transaction. */
const PORTION = 500

/** Deletes what is beyond the limits, until the signal aborts. @param now in milliseconds since 1970 */
export async function trimPower(
    { read, write }: Access<PowerTables>,
    limits: PowerLimits,
    now: number,
    ending: AbortSignal,
): Promise<void> {
    const oldest = limits.instanceDays === 0 ? Number.MIN_SAFE_INTEGER : now - limits.instanceDays * DAY
    for await (const socket of sockets(read, 'instances', ending)) {
        const before = Math.max(oldest, await read((db) => tooMany(db, socket, limits.mostInstances)))
        while (!ending.aborted && (await read((db) => stopped(db, socket, before).limit(1).execute())).length > 0)
            await write(async (db) => {
                const some = stopped(db, socket, before).orderBy('stopped_at').limit(PORTION)
                await db.deleteFrom('instances').where('id', 'in', some).execute()
            })
    }
    for await (const socket of sockets(read, 'power_events', ending)) await write((db) => forget(db, socket, oldest))
}

/** One step through an index for each socket, where "distinct" would read every row. */
async function* sockets(
    read: Access<PowerTables>['read'],
    table: 'instances' | 'power_events',
    ending: AbortSignal,
): AsyncGenerator<string> {
    for (let last = ''; !ending.aborted; ) {
        const row = await read((db) =>
            db.selectFrom(table).select('socket').where('socket', '>', last).orderBy('socket').limit(1).executeTakeFirst(),
        )
        if (!row) return
        last = row.socket
        yield last
    }
}

const stopped = (db: Kysely<PowerTables>, socket: string, before: number) =>
    db.selectFrom('instances').select('id').where('socket', '=', socket).where('stopped_at', '<', before)

/** When the last one stopped that is still to be kept. */
async function tooMany(db: Kysely<PowerTables>, socket: string, most: number): Promise<number> {
    const row = await db
        .selectFrom('instances')
        .select('stopped_at')
        .where('socket', '=', socket)
        .where('stopped_at', 'is not', null)
        .orderBy('stopped_at', 'desc')
        .offset(most - 1)
        .limit(1)
        .executeTakeFirst()
    return row?.stopped_at ?? Number.MIN_SAFE_INTEGER
}

/** All but the latest, which tells whether the socket is on. */
async function forget(db: Kysely<PowerTables>, socket: string, before: number): Promise<void> {
    const latest = db.selectFrom('power_events').select('seq').where('socket', '=', socket).orderBy('seq', 'desc').limit(1)
    await db.deleteFrom('power_events').where('socket', '=', socket).where('at', '<', before).where('seq', 'not in', latest).execute()
}
