import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput, type Clock, diskReason, pause, Refusal, retentionClock } from '../lib/index.ts'
import { ownFiles, removeFile } from './package-folder.ts'
import { nameFault } from './package-name.ts'

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants

/** Milliseconds from a start until the folder is tidied, and from then until the next time. */
const SETTLED = 60_000
const PACE = 3_600_000
/** Milliseconds for which a file may have no job: it is written before its job is added. */
const YOUNG = 3_600_000

/** Says which of some ids are those of jobs that there are. */
export type KnownJobs = (ids: readonly string[]) => Promise<ReadonlySet<string>>

/** One for each folder in the process: all who write there count the same bytes. */
const folders = new Map<string, PackageFiles>()

/** @param folder an absolute path */
export function packageFiles(folder: string): PackageFiles {
    const files = folders.get(folder) ?? new PackageFiles(folder)
    folders.set(folder, files)
    return files
}

/**
 * The folder with a file `<job id>.json` for the package of each job. It is a copy to look at: what counts is in the store, so that a file
 * that a power cut takes is no loss, and none is waited for until it is on the disk.
 */
class PackageFiles {
    readonly #folder: string
    /** Those who write there: a file stays as long as one of them knows its job. */
    readonly #owners = new Set<KnownJobs>()
    /** Of all files of ours, once they were counted. */
    #bytes = 0
    #counting: Promise<void> | undefined

    constructor(folder: string) {
        this.#folder = folder
    }

    /**
     * Writes a file whole or not at all.
     * @param most bytes that all files together may have
     * @throws {@link Refusal} 507 `FOLDER_FULL`, 503 `STORE_UNAVAILABLE`
     */
    async write(jobId: string, pkg: object, most: number): Promise<void> {
        const file = this.#path(jobId)
        const temporary = join(this.#folder, `.${jobId}.tmp`)
        const text = `${JSON.stringify(pkg, null, 4)}\n`
        const bytes = Buffer.byteLength(text)
        await this.#counted()
        if (this.#bytes + bytes > most) throw isFull(this.#folder, most)
        this.#bytes += bytes
        try {
            await this.#fill(temporary, text)
            await rename(temporary, file)
        } catch (error) {
            this.#bytes -= bytes
            await rm(temporary, { force: true }).catch(() => {})
            throw unavailable(file, error)
        }
    }

    /** Removes the file of a job; that there is none is no fault. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async remove(jobId: string): Promise<void> {
        const file = this.#path(jobId)
        await this.#counted()
        this.#bytes -= await removeFile(file).catch((error: unknown) => {
            throw unavailable(file, error)
        })
    }

    /** Removes the files of jobs that nobody knows any more. */
    async removeUnknown(jobIds: readonly string[]): Promise<void> {
        const known = await this.#known(jobIds)
        for (const id of jobIds) if (!known.has(id)) await this.remove(id)
    }

    /**
     * Removes files of jobs that are gone, soon after a start and now and then, for as long as this owner is there. Only files whose names
     * are ours are touched.
     * @param failed is told why it could not be done; it is tried again later
     */
    async tidy(known: KnownJobs, clock: Clock, signal: AbortSignal, failed: (reason: string) => void): Promise<void> {
        this.#owners.add(known)
        // A clock that was set ahead, for a test or by mistake, makes no file old.
        const now = retentionClock(clock)
        for (let wait = SETTLED; ; wait = PACE) {
            await pause(clock, wait, signal)
            if (signal.aborted) return void this.#owners.delete(known)
            await this.#sweep(now() - YOUNG, signal).catch((error: unknown) => failed(`${this.#folder} is not tidied: ${reasonOf(error)}`))
        }
    }

    /** @param before when they were written: milliseconds since 1970 */
    async #sweep(before: number, signal: AbortSignal): Promise<void> {
        await this.#counted()
        for await (const some of ownFiles(this.#folder)) {
            const old = some.filter(({ writtenAt }) => writtenAt < before)
            const known = await this.#known(old.flatMap(({ jobId = [] }) => jobId))
            // What an owner knows, who has left meanwhile, stays.
            if (signal.aborted) return
            for (const { path, jobId } of old) if (jobId === undefined || !known.has(jobId)) this.#bytes -= await removeFile(path)
        }
    }

    async #known(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
        const known = await Promise.all([...this.#owners].map((owner) => owner(jobIds)))
        return new Set(known.flatMap((ids) => [...ids]))
    }

    /** They are counted before the first one is written or removed. */
    async #counted(): Promise<void> {
        this.#counting ??= this.#count()
        await this.#counting.catch((error: unknown) => {
            this.#counting = undefined
            throw unavailable(this.#folder, error)
        })
    }

    async #count(): Promise<void> {
        let sum = 0
        for await (const some of ownFiles(this.#folder)) for (const { bytes } of some) sum += bytes
        this.#bytes = sum
    }

    async #fill(path: string, text: string): Promise<void> {
        // A link that somebody left there is not followed.
        const create = () => open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644)
        const file = await create().catch(async (error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOENT') throw error
            await mkdir(this.#folder, { recursive: true })
            return await create()
        })
        try {
            await file.writeFile(text)
        } finally {
            await file.close()
        }
    }

    /** @throws {@link Refusal} 422 `BAD_INPUT` if the file could be anywhere else than in the folder */
    #path(jobId: string): string {
        if (!/^[\w-]{1,128}$/.test(jobId) || nameFault(jobId) !== undefined)
            throw badInput('jobId', 'must be letters, digits, - and _, at most 128 of them, and no name of a device')
        return join(this.#folder, `${jobId}.json`)
    }
}

const reasonOf = (error: unknown): string => (error instanceof Refusal ? error.message : diskReason(error))

const isFull = (folder: string, most: number): Refusal =>
    new Refusal(507, 'FOLDER_FULL', `${folder} would have more than ${most} bytes: delete jobs that have ended, or let it have more`)

const unavailable = (file: string, error: unknown): Refusal =>
    new Refusal(503, 'STORE_UNAVAILABLE', `${file} cannot be written: ${diskReason(error)}`, {}, error)
