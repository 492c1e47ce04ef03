import type { Access, Kysely } from '../../store/index.ts'
import type { PowerTables } from './tables.ts'

/** So many samples go in one transaction. */
const PORTION = 500

/**
 * Deletes samples from before a time, until the signal aborts.
 * @param before milliseconds since 1970
 * @param isHeld whether they have to stay for now
 */
export async function removeOld(
    { read, write }: Access<PowerTables>,
    before: number,
    isHeld: () => boolean,
    ending: AbortSignal,
): Promise<void> {
    for (let socket = await next(read, ''); socket !== undefined && !ending.aborted; socket = await next(read, socket)) {
        const name = socket
        while (!ending.aborted && !isHeld() && (await hasOlder(read, name, before))) await write((db) => remove(db, name, before))
    }
}

/** One step through the primary key for each socket, where "distinct" would read every sample. */
async function next(read: Access<PowerTables>['read'], after: string): Promise<string | undefined> {
    const row = await read((db) =>
        db.selectFrom('samples').select('socket').where('socket', '>', after).orderBy('socket').limit(1).executeTakeFirst(),
    )
    return row?.socket
}

/** Deletes some of the oldest samples from before that moment. @returns whether there were any */
export async function removeOldest({ read, write }: Access<PowerTables>, before: number): Promise<boolean> {
    let oldest: { socket: string; at: number } | undefined
    for (let socket = await next(read, ''); socket !== undefined; socket = await next(read, socket)) {
        const name = socket
        const first = await read((db) => older(db, name, before).orderBy('at').limit(1).executeTakeFirst())
        if (first && (!oldest || first.at < oldest.at)) oldest = { socket, at: first.at }
    }
    if (oldest) await write((db) => remove(db, oldest.socket, before))
    return oldest !== undefined
}

async function hasOlder(read: Access<PowerTables>['read'], socket: string, before: number): Promise<boolean> {
    const row = await read((db) => older(db, socket, before).limit(1).executeTakeFirst())
    return row !== undefined
}

async function remove(db: Kysely<PowerTables>, socket: string, before: number): Promise<void> {
    const some = older(db, socket, before).orderBy('at').limit(PORTION)
    await db.deleteFrom('samples').where('socket', '=', socket).where('at', 'in', some).execute()
}

const older = (db: Kysely<PowerTables>, socket: string, before: number) =>
    db.selectFrom('samples').select('at').where('socket', '=', socket).where('at', '<', before)
