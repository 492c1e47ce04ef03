import { chunks, type Kysely } from '../../store/index.ts'
import type { KnownSocket } from '../repository.ts'
import { addEvents } from './events.ts'
import { replaceMeter } from './meters.ts'
import { fromInstance, insertInstance, putSocket } from './rows.ts'
import type { PowerTables } from './tables.ts'

/** Writes down what is true of a socket, whatever a database says that may be empty, an old copy, or the one of before. */
export async function rewrite(db: Kysely<PowerTables>, socket: string, known: KnownSocket | undefined): Promise<void> {
    if (!known) return
    const { running, events, at } = known
    await putSocket(db, known.socket)
    if (known.meter) await replaceMeter(db, socket, known.meter)
    else await db.deleteFrom('meters').where('socket', '=', socket).execute()
    await endOthers(db, socket, running, at)
    for (const row of running) await insertInstance(db, fromInstance(row))
    const [first] = events
    if (!first) return
    await db.deleteFrom('power_events').where('socket', '=', socket).where('at', '>=', first.at).execute()
    await addEvents(db, socket, events)
}

/** Leaves no row of those that run, and lets none of the others run. */
async function endOthers(db: Kysely<PowerTables>, socket: string, running: KnownSocket['running'], at: number): Promise<void> {
    for (const some of chunks(running.map(({ id }) => id))) await db.deleteFrom('instances').where('id', 'in', some).execute()
    await db.updateTable('instances').set({ stopped_at: at }).where('socket', '=', socket).where('stopped_at', 'is', null).execute()
}
