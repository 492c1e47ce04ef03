import type { Kysely } from 'kysely'
import { type Clock, cautious } from '../clock/index.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
/** So many samples go in one transaction. */
const PORTION = 500

/**
 * Does something every hour.
 * @param wait milliseconds before the first time; 0 means now
 * @param sweep is given a signal that aborts when it is to end
 * @returns what ends it
 */
export function hourly(clock: Clock, wait: number, sweep: (ending: AbortSignal) => Promise<void>, failed: (error: unknown) => void) {
    const ending = new AbortController()
    let cancel = () => {}
    const round = () => {
        cancel = clock.after(HOUR, round)
        sweep(ending.signal).catch((error: unknown) => ending.signal.aborted || failed(error))
    }
    if (wait === 0) round()
    else cancel = clock.after(wait, round)
    return () => {
        ending.abort()
        cancel()
    }
}

/**
 * Deletes samples that are too old, now and every hour.
 * @param held whether they have to stay for now
 * @returns what ends it
 */
export function keepFor(
    days: number,
    { read, write }: Access,
    clock: Clock,
    held: () => boolean,
    failed: (error: unknown) => void,
): () => void {
    if (days === 0) return () => {}
    const today = cautious(clock)
    const sweep = async (ending: AbortSignal) => {
        const before = today() - days * DAY
        for (let socket = await next(read, ''); socket !== undefined && !ending.aborted; socket = await next(read, socket)) {
            const name = socket
            while (!ending.aborted && !held() && (await hasOlder(read, name, before))) await write((db) => remove(db, name, before))
        }
    }
    return hourly(clock, 0, sweep, failed)
}

/** One step through the primary key for each socket, where "distinct" would read every sample. */
async function next(read: Access['read'], after: string): Promise<string | undefined> {
    const row = await read((db) =>
        db.selectFrom('samples').select('socket').where('socket', '>', after).orderBy('socket').limit(1).executeTakeFirst(),
    )
    return row?.socket
}

/** Deletes some of the oldest samples from before that moment. @returns whether there were any */
export async function removeOldest({ read, write }: Access, before: number): Promise<boolean> {
    let oldest: { socket: string; at: number } | undefined
    for (let socket = await next(read, ''); socket !== undefined; socket = await next(read, socket)) {
        const name = socket
        const first = await read((db) => older(db, name, before).orderBy('at').limit(1).executeTakeFirst())
        if (first && (!oldest || first.at < oldest.at)) oldest = { socket, at: first.at }
    }
    if (oldest) await write((db) => remove(db, oldest.socket, before))
    return oldest !== undefined
}

async function hasOlder(read: Access['read'], socket: string, before: number): Promise<boolean> {
    const row = await read((db) => older(db, socket, before).limit(1).executeTakeFirst())
    return row !== undefined
}

async function remove(db: Kysely<Database>, socket: string, before: number): Promise<void> {
    const some = older(db, socket, before).orderBy('at').limit(PORTION)
    await db.deleteFrom('samples').where('socket', '=', socket).where('at', 'in', some).execute()
}

const older = (db: Kysely<Database>, socket: string, before: number) =>
    db.selectFrom('samples').select('at').where('socket', '=', socket).where('at', '<', before)
