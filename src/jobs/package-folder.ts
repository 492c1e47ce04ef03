import { lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The name of a file of ours: that of a job, or one that a write which was cut short has left. */
const ownName = /^\.?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(json|tmp)$/
/** Files that are looked at in one go. */
const PORTION = 500

export interface OwnFile {
    path: string
    /** Undefined for what a write has left. */
    jobId: string | undefined
    bytes: number
    /** Milliseconds since 1970. */
    writtenAt: number
}

/** The files of ours in a folder, some at a time. Others, links and folders are none. */
export async function* ownFiles(folder: string): AsyncGenerator<OwnFile[]> {
    const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
    })
    let some: OwnFile[] = []
    for await (const { name } of entries ?? []) {
        const file = await ownFile(folder, name)
        if (file) some.push(file)
        if (some.length < PORTION) continue
        yield some
        some = []
    }
    yield some
}

async function ownFile(folder: string, name: string): Promise<OwnFile | undefined> {
    const [, id, kind] = ownName.exec(name) ?? []
    const path = join(folder, name)
    const found = id === undefined ? undefined : await lstat(path).catch(() => undefined)
    return found?.isFile() ? { path, jobId: kind === 'json' ? id : undefined, bytes: found.size, writtenAt: found.mtimeMs } : undefined
}

/** Removes a file, or a link itself. @returns how many bytes it had; 0 if there was none */
export async function removeFile(path: string): Promise<number> {
    const found = await lstat(path).catch(() => undefined)
    await rm(path, { force: true })
    return found?.isFile() ? found.size : 0
}
