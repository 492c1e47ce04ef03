import { type FileHandle, mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What is left of a file that grew too large: less than it may hold, or every line would have it written anew. */
const KEPT = 0.75
const NEWLINE = 10
/** Bytes that are read and copied at once: a log may be larger than memory. */
const PORTION = 262_144

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
        const from = await firstKept(handle, size, Math.max(Math.floor(limit * KEPT) - data.length, 0))
        await replace(await realpath(path), mode, async (next) => {
            await copy(handle, next, from, size)
            await next.appendFile(from < size ? data : lines)
        })
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

/** Where the newest whole lines begin that `room` bytes hold. */
async function firstKept(handle: FileHandle, size: number, room: number): Promise<number> {
    if (size <= room) return 0
    // From the byte before, which tells whether a line begins at the first.
    for (let at = size - room - 1; at < size; ) {
        const read = await portion(handle, at, size)
        const cut = read.indexOf(NEWLINE)
        if (cut >= 0) return at + cut + 1
        if (read.length === 0) break
        at += read.length
    }
    return size
}

async function copy(from: FileHandle, to: FileHandle, start: number, end: number): Promise<void> {
    for (let at = start; at < end; ) {
        const read = await portion(from, at, end)
        // Somebody else has made it shorter meanwhile.
        if (read.length === 0) return
        await to.appendFile(read)
        at += read.length
    }
}

async function portion(handle: FileHandle, at: number, end: number): Promise<Buffer> {
    const length = Math.min(PORTION, end - at)
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, at)
    return buffer.subarray(0, bytesRead)
}

/** Puts another file in its place, so that there is a whole one at any moment. */
async function replace(path: string, mode: number, write: (next: FileHandle) => Promise<void>): Promise<void> {
    const name = `${path}.new`
    try {
        // What a crash has left, or a link that leads elsewhere.
        await rm(name, { force: true })
        const next = await open(name, 'ax', mode)
        try {
            await write(next)
        } finally {
            await next.close()
        }
        await rename(name, path)
    } catch (error) {
        await rm(name, { force: true }).catch(() => {})
        throw error
    }
}
