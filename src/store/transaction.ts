import { CompiledQuery, type Kysely } from 'kysely'
import type { Write } from './access.ts'
import type { EngineTables, Fault } from './engine.ts'

const savepoint = CompiledQuery.raw('savepoint one_write')
const undo = CompiledQuery.raw('rollback to savepoint one_write')
const keep = CompiledQuery.raw('release savepoint one_write')

/**
 * Runs writes in one transaction, each so that it can be undone alone. They may be run twice.
 * @param fault tells an error of the database, which undoes all of them, from one of a write
 * @returns for each write the error that undid it alone, if any
 */
export async function together(
    db: Kysely<EngineTables>,
    writes: Write<EngineTables>[],
    fault: (error: unknown) => Fault | undefined,
): Promise<unknown[]> {
    try {
        await db.transaction().execute(async (trx) => {
            for (const write of writes) await write(trx)
        })
        return []
    } catch (error) {
        if (writes.length === 1 || fault(error)) throw error
        // A write hardly ever fails: savepoints are used only after one has.
        return apart(db, writes, fault)
    }
}

function apart(db: Kysely<EngineTables>, writes: Write<EngineTables>[], fault: (error: unknown) => Fault | undefined): Promise<unknown[]> {
    return db.transaction().execute(async (trx) => {
        const errors: unknown[] = []
        for (const write of writes) {
            await trx.executeQuery(savepoint)
            try {
                await write(trx)
                errors.push(undefined)
            } catch (error) {
                if (fault(error)) throw error
                errors.push(error)
                await trx.executeQuery(undo)
            }
            await trx.executeQuery(keep)
        }
        return errors
    })
}

/** Writes something and takes it back: only that shows that there is room and that the file may be written. */
export async function probe(db: Kysely<EngineTables>): Promise<void> {
    const row = { id: 'probe', is_locked: 0 }
    await db.transaction().execute(async (trx) => {
        await trx.insertInto('kysely_migration_lock').values(row).execute()
        await trx.deleteFrom('kysely_migration_lock').where('id', '=', row.id).execute()
    })
}
