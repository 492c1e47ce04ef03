import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** A directory for the files of one test. */
export function scratch(): { root: string; file: string; clear(): void } {
    const root = mkdtempSync(join(tmpdir(), 'socketworks-power-'))
    return { root, file: join(root, 'test.sqlite'), clear: () => rmSync(root, { recursive: true, force: true }) }
}

/** Takes the write lock of a database file, as a backup or a person with a shell does. @returns what lets go of it */
export function lock(file: string): () => void {
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    return () => {
        other.exec('rollback')
        other.close()
    }
}

/** Resolves once something holds that nobody announces. */
export async function eventually(holds: () => Promise<boolean> | boolean, ms = 30_000): Promise<void> {
    for (const end = Date.now() + ms; !(await holds()); await sleep(20)) if (Date.now() > end) throw new Error(`never: ${holds}`)
}

/** Resolves at a moment, in milliseconds since 1970. */
export const moment = (at: number): Promise<void> => sleep(Math.max(at - Date.now(), 0))
