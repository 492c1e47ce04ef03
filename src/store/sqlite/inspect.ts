import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Unusable } from '../engine.ts'

/** How every SQLite file begins: https://www.sqlite.org/fileformat.html */
const MAGIC = 'SQLite format 3\0'

/**
 * Looks at a file before anything is written to it.
 * @param isKnown whether this version has a step of that name
 * @throws {@link Unusable} when it is not ours to write to: no database, another program's, or of a newer version
 */
export function inspect(file: string, isKnown: (step: string) => boolean): void {
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found) return
    if (!found.isFile()) throw new Unusable('anew', 'the database file cannot be opened: it is not a file')
    if (found.size === 0) return
    if (beginning(file) !== MAGIC) throw new Unusable('anew', 'the file is not a database')
    const database = openUntouched(file)
    try {
        inspectTables(database, isKnown)
    } finally {
        database.close()
    }
}

/** Even a reader leaves files of its own beside one in WAL mode, unless it is told that nobody writes to it. */
function openUntouched(file: string): DatabaseSync {
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) return new DatabaseSync(file, { readOnly: true })
    try {
        return new DatabaseSync(new URL(`${pathToFileURL(file)}?immutable=1`), { readOnly: true })
    } catch {
        // Node.js before 22.15 takes no URL.
        return new DatabaseSync(file, { readOnly: true })
    }
}

function inspectTables(database: DatabaseSync, isKnown: (step: string) => boolean): void {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
    if (tables.length === 0) return
    if (!tables.some((table) => table.name === 'kysely_migration'))
        throw new Unusable('anew', 'the database file belongs to another program')
    const done = database.prepare('select name from kysely_migration').all()
    if (done.some(({ name }) => !isKnown(String(name))))
        throw new Unusable('anew', 'the database file was written by a newer version of Socketworks')
}

function beginning(file: string): string {
    const handle = openSync(file, 'r')
    try {
        const bytes = Buffer.alloc(MAGIC.length)
        readSync(handle, bytes, 0, bytes.length, 0)
        return bytes.toString('latin1')
    } finally {
        closeSync(handle)
    }
}
