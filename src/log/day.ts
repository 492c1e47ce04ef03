import { readdir, unlink } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

/** The day in local time, such as `2026-11-21`. */
function dayOf(at: Date): string {
    const two = (n: number) => String(n).padStart(2, '0')
    return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/**
 * The file of a day in local time: `general-2026-11-21.log` of `general.log`.
 * @param ms since 1970
 */
export function dailyFile(file: string, ms: number): string {
    const extension = extname(file)
    return join(dirname(file), `${basename(file, extension)}-${dayOf(new Date(ms))}${extension}`)
}

/**
 * Deletes a log's daily files, and nothing else, that are more than `keep` days older than today's.
 * @param ms now, since 1970
 * @throws the first error of the file system, after all others are deleted
 */
export async function expire(file: string, keep: number, ms: number): Promise<void> {
    const today = new Date(ms)
    const first = dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() - keep))
    const extension = extname(file)
    const start = `${basename(file, extension)}-`
    const failures: unknown[] = []
    for (const name of await readdir(dirname(file))) {
        if (!name.startsWith(start) || !name.endsWith(extension)) continue
        const day = name.slice(start.length, name.length - extension.length)
        if (/^\d{4}-\d{2}-\d{2}$/.test(day) && day < first) await unlink(join(dirname(file), name)).catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
}
