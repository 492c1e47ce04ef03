import { LEVELS } from '../../energy/index.ts'
import type { Access, Kysely } from '../../store/index.ts'
import type { PowerTables } from './tables.ts'

/** What is kept begins with a whole row of every level. */
const startOf = (before: number) => Math.floor(before / HOUR) * HOUR
/** So many rollups go in one transaction. */
const PORTION = 500
const DAY = 86_400_000
const HOUR = LEVELS.at(-1)!

/** Days that the rollups of each level are kept, the finest first; 0 means for ever. What is coarser is kept for as long as what is finer. */
export type RollupDays = readonly number[]

/** Deletes rollups that are too old, level by level, until the signal aborts. @param now in milliseconds since 1970 */
export async function removeOldRollups(access: Access<PowerTables>, days: RollupDays, now: number, ending: AbortSignal): Promise<void> {
    let longest = 0
    for (const [level, width] of LEVELS.entries()) {
        if (days[level] === 0) return
        longest = Math.max(longest, days[level]!)
        await removeBefore(access, width, now - longest * DAY, ending)
    }
}

/** Deletes the finest rollups from before a time; those by the hour stay. @returns whether there were any */
export async function removeFinestRollups(access: Access<PowerTables>, before: number): Promise<boolean> {
    const since = startOf(before)
    for (const width of LEVELS.slice(0, -1))
        for (let socket = await next(access, width, ''); socket !== undefined; socket = await next(access, width, socket)) {
            const name = socket
            if ((await access.read((db) => older(db, width, name, since).limit(1).execute())).length === 0) continue
            await removeBefore(access, width, before, new AbortController().signal)
            return true
        }
    return false
}

/** Has the rollups of a level begin later, and deletes those from before. */
async function removeBefore(access: Access<PowerTables>, width: number, before: number, ending: AbortSignal): Promise<void> {
    const since = startOf(before)
    await access.write((db) => keepSince(db, width, since))
    for (const kind of [width, -width])
        for (
            let socket = await next(access, kind, '');
            socket !== undefined && !ending.aborted;
            socket = await next(access, kind, socket)
        ) {
            const name = socket
            while (!ending.aborted && (await access.read((db) => older(db, kind, name, since).limit(1).execute())).length > 0)
                await access.write(async (db) => {
                    const some = older(db, kind, name, since).orderBy('at').limit(PORTION)
                    await db.deleteFrom('rollups').where('width', '=', kind).where('socket', '=', name).where('at', 'in', some).execute()
                })
        }
}

/** Said before anything is deleted, so that nobody takes what is left for all there was. It never goes back. */
async function keepSince(db: Kysely<PowerTables>, width: number, since: number): Promise<void> {
    await db
        .insertInto('rollups_kept')
        .values({ width, since })
        .onConflict((conflict) => conflict.column('width').doUpdateSet({ since }).where('rollups_kept.since', '<', since))
        .execute()
}

/** One step through the primary key for each socket. */
async function next({ read }: Access<PowerTables>, width: number, after: string): Promise<string | undefined> {
    const row = await read((db) =>
        db
            .selectFrom('rollups')
            .select('socket')
            .where('width', '=', width)
            .where('socket', '>', after)
            .orderBy('socket')
            .limit(1)
            .executeTakeFirst(),
    )
    return row?.socket
}

const older = (db: Kysely<PowerTables>, width: number, socket: string, before: number) =>
    db.selectFrom('rollups').select('at').where('width', '=', width).where('socket', '=', socket).where('at', '<', before)
