import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput, diskReason, Refusal } from '../lib/index.ts'
import { nameFault } from './package-name.ts'

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants

/**
 * The folder with a file `<job id>.json` for the package of each job. It is a copy to look at: what counts is in the store, so that a file
 * that a power cut takes is no loss, and none is waited for until it is on the disk.
 */
export class PackageFiles {
    readonly #folder: string

    constructor(folder: string) {
        this.#folder = folder
    }

    /** Writes a file whole or not at all. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async write(jobId: string, pkg: object): Promise<void> {
        const file = this.#path(jobId)
        const temporary = join(this.#folder, `.${jobId}.tmp`)
        try {
            await this.#fill(temporary, `${JSON.stringify(pkg, null, 4)}\n`)
            await rename(temporary, file)
        } catch (error) {
            await rm(temporary, { force: true }).catch(() => {})
            throw unavailable(file, error)
        }
    }

    /** Removes the file of a job; that there is none is no fault. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    async remove(jobId: string): Promise<void> {
        const file = this.#path(jobId)
        await rm(file, { force: true }).catch((error: unknown) => {
            throw unavailable(file, error)
        })
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

const unavailable = (file: string, error: unknown): Refusal =>
    new Refusal(503, 'STORE_UNAVAILABLE', `${file} cannot be written: ${diskReason(error)}`, {}, error)
