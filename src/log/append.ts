import { type FileHandle, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What is left of a file that grew too large: less than it may hold, or every line would have it written anew. */
const KEPT = 0.75
const NEWLINE = 10

/**
 * Appends whole lines, all of them or none.
 * @param limit bytes that the file may hold: beyond it the oldest lines go, at once and at least a quarter of it
 * @throws what the file system said
 */
export async function appendLines(path: string, lines: Buffer, limit = Number.POSITIVE_INFINITY): Promise<void> {
    const handle = await openThere(path)
    try {
        const { size, mode } = await handle.stat()
        const data = (await endsInLine(handle, size)) ? lines : Buffer.concat([Buffer.from('\n'), lines])
        if (size + data.length <= limit) return await append(handle, data, size)
        const kept = await tail(handle, size, Math.max(Math.floor(limit * KEPT) - data.length, 0))
        await replace(await realpath(path), Buffer.concat([kept, kept.length > 0 ? data : lines]), mode)
    } finally {
        await handle.close()
    }
}

async function openThere(path: string): Promise<FileHandle> {
    try {
        return await open(path, 'a+')
    } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
        await mkdir(dirname(path), { recursive: true })
        return await open(path, 'a+')
    }
}

/** Whether a line can begin here: one that was cut off by a crash must not run into it. */
async function endsInLine(handle: FileHandle, size: number): Promise<boolean> {
    if (size === 0) return true
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    return bytesRead === 0 || buffer[0] === NEWLINE
}

async function append(handle: FileHandle, data: Buffer, size: number): Promise<void> {
    try {
        await handle.appendFile(data)
    } catch (error) {
        // A full disk takes the beginning of what it is given: what is refused must not be there.
        await handle.truncate(size).catch(() => {})
        throw error
    }
}

/** The newest whole lines that `room` bytes hold. */
async function tail(handle: FileHandle, size: number, room: number): Promise<Buffer> {
    // With the byte before, which tells whether a line begins at the first.
    const length = Math.min(size, room + 1)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    const read = buffer.subarray(0, bytesRead)
    if (length === size && size <= room) return read
    const cut = read.indexOf(NEWLINE)
    return cut < 0 ? read.subarray(0, 0) : read.subarray(cut + 1)
}

/** Puts another file in its place, so that there is a whole one at any moment. */
async function replace(path: string, content: Buffer, mode: number): Promise<void> {
    const next = `${path}.new`
    try {
        await writeFile(next, content, { mode })
        await rename(next, path)
    } catch (error) {
        await rm(next, { force: true }).catch(() => {})
        throw error
    }
}
