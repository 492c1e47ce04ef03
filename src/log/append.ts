import { type FileHandle, mkdir, open, realpath, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

const NEWLINE = 10

/**
 * Appends whole lines, all of them or none. Where the file would become too large, it is renamed to `<file>.1` first, in place of the one
 * before: the two of them always hold the latest lines, at least as many as fit into the limit.
 * @param limit bytes that the file may hold, at least as many as the lines
 * @param most bytes beyond which nothing is appended
 * @throws what the file system said
 */
export async function appendLines(
    path: string,
    lines: Buffer,
    limit = Number.POSITIVE_INFINITY,
    most = Number.POSITIVE_INFINITY,
): Promise<void> {
    const handle = await openFile(path)
    try {
        const { size, mode } = await handle.stat()
        const data = (await endsInLine(handle, size)) ? lines : Buffer.concat([Buffer.from('\n'), lines])
        if (size + data.length > most) throw Object.assign(new Error('the file is full'), { code: 'EFBIG' })
        if (size === 0 || size + data.length <= limit) return await append(handle, data, size)
        await handle.close()
        await startNext(await realpath(path), lines, mode)
    } finally {
        await handle.close()
    }
}

async function openFile(path: string): Promise<FileHandle> {
    try {
        return await open(path, 'a+')
    } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
        await mkdir(dirname(path), { recursive: true })
        return await open(path, 'a+')
    }
}

/** Whether the last line has its end: one that was cut off by a crash must not run into the next. */
async function endsInLine(handle: FileHandle, size: number): Promise<boolean> {
    if (size === 0) return true
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    return bytesRead === 0 || buffer[0] === NEWLINE
}

/** Renames the file, and begins another one with the same permissions. */
async function startNext(path: string, lines: Buffer, mode: number): Promise<void> {
    await rename(path, `${path}.1`)
    const handle = await open(path, 'a', mode)
    try {
        await append(handle, lines, 0)
    } finally {
        await handle.close()
    }
}

async function append(handle: FileHandle, data: Buffer, size: number): Promise<void> {
    try {
        await handle.appendFile(data)
    } catch (error) {
        // A full disk takes only the beginning: what is refused must not be there.
        await handle.truncate(size).catch(() => {})
        throw error
    }
}
