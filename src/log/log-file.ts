import { badInput, type Clock, diskReason, Refusal, retentionClock } from '../lib/index.ts'
import { appendLines } from './append.ts'
import { dailyFile, expire } from './day.ts'

interface DailyPolicy {
    by: 'day'
    /** Days; 0 means for ever. */
    keep: number
    /** Bytes of the file of one day: what comes after that is refused. @defaultValue 1 GiB */
    most?: number
}

/** How a log is kept: in one file of a size, with the one before it, or in a file for each day. */
export type LogPolicy = { by: 'size' /** Bytes of the file. */; size: number } | DailyPolicy

/** Whether the last lines could be written, and if not, why. */
export type LogHealth = { ok: true } | { ok: false; reason: string }

interface QueuedLine {
    text: string
    bytes: number
    /** The file that it belongs to by the time at which it came. */
    path: string
    resolve(): void
    reject(error: unknown): void
}

/** Bytes of a line, and of what is written at once. */
const MOST_BYTES = 1_048_576
const MOST_PER_DAY = 1_073_741_824
/** Lines and bytes that may wait when the disk is slower than what comes. */
const MOST_QUEUED = 50_000
const MOST_BYTES_QUEUED = 32 * 1_048_576
/** Milliseconds: a disk that hangs must not keep Node-RED from closing. */
const CLOSING = 800

/** A log that several users may write. Lines are written in the order in which they came, those that wait at once. */
export class LogFile {
    /** One of each user: the smallest size and the shortest time count. */
    readonly policies = new Set<LogPolicy>()
    readonly #file: string
    readonly #clock: Clock
    readonly #today: () => number
    readonly #listeners = new Set<(health: LogHealth) => void>()
    #health: LogHealth = { ok: true }
    #queue: QueuedLine[] = []
    #bytesQueued = 0
    #writing: Promise<void> | undefined
    /** The file for which old ones were deleted last. */
    #expiredFor = ''
    #isClosed = false

    constructor(file: string, clock: Clock) {
        this.#file = file
        this.#clock = clock
        this.#today = retentionClock(clock)
    }

    get health(): LogHealth {
        return this.#health
    }

    /** Calls back at every change of {@link health}, until the signal aborts. */
    onHealth(listener: (health: LogHealth) => void, signal: AbortSignal): void {
        this.#listeners.add(listener)
        signal.addEventListener('abort', () => this.#listeners.delete(listener))
    }

    /**
     * Resolves once the line is in the file.
     * @param line without a line break
     * @throws {@link Refusal} 422 `BAD_INPUT` for a line that is too long, 503 `LOG_UNAVAILABLE` when nothing of it could be written
     */
    append(line: string): Promise<void> {
        const text = `${line}\n`
        const bytes = Buffer.byteLength(text)
        const limit = Math.min(this.#limit, MOST_BYTES)
        if (bytes > limit) return Promise.reject(badInput('line', `must not be longer than ${limit - 1} bytes`))
        if (this.#isClosed) return Promise.reject(unavailable('the log was closed'))
        if (this.#queue.length >= MOST_QUEUED || this.#bytesQueued + bytes > MOST_BYTES_QUEUED)
            return Promise.reject(unavailable('too many lines wait to be written'))
        return new Promise((resolve, reject) => {
            this.#queue.push({ text, bytes, path: this.#path, resolve, reject })
            this.#bytesQueued += bytes
            this.#writing ??= this.#write()
        })
    }

    /** Writes what waits, as far as there is time. */
    async close(): Promise<void> {
        this.#isClosed = true
        if (!this.#writing) return
        let cancel = () => {}
        const late = new Promise<void>((resolve) => {
            cancel = this.#clock.after(CLOSING, resolve)
        })
        await Promise.race([this.#writing, late])
        cancel()
        for (const queued of this.#queue.splice(0)) queued.reject(unavailable('the log was closed'))
    }

    get #limit(): number {
        return Math.min(...[...this.policies].map((policy) => (policy.by === 'size' ? policy.size : Number.POSITIVE_INFINITY)))
    }

    get #mostPerDay(): number {
        return Math.min(
            ...[...this.policies].map((policy) => (policy.by === 'day' ? (policy.most ?? MOST_PER_DAY) : Number.POSITIVE_INFINITY)),
        )
    }

    get #path(): string {
        const isDaily = [...this.policies].some(({ by }) => by === 'day')
        return isDaily ? dailyFile(this.#file, this.#clock.now()) : this.#file
    }

    async #write(): Promise<void> {
        // Lines that come in the same turn are written together.
        await Promise.resolve()
        while (this.#queue.length > 0) {
            const batch = this.#nextBatch()
            const { path } = batch[0]!
            try {
                await appendLines(path, Buffer.from(batch.map(({ text }) => text).join('')), this.#limit, this.#mostPerDay)
                this.#setHealth({ ok: true })
                for (const queued of batch) queued.resolve()
                await this.#expire(path)
            } catch (error) {
                const reason = diskReason(error)
                this.#setHealth({ ok: false, reason })
                for (const queued of batch) queued.reject(unavailable(reason, error))
            }
        }
        this.#writing = undefined
    }

    /** Takes the next lines of one file off the queue, no more than fit into it. */
    #nextBatch(): QueuedLine[] {
        const most = Math.min(this.#limit, MOST_BYTES)
        const { path } = this.#queue[0]!
        let bytes = 0
        let count = 0
        for (const queued of this.#queue) {
            if (queued.path !== path || (count > 0 && bytes + queued.bytes > most)) break
            bytes += queued.bytes
            count++
        }
        this.#bytesQueued -= bytes
        return this.#queue.splice(0, count)
    }

    /** Deletes old daily files, once a day. That one cannot be deleted is no reason to refuse a line. */
    async #expire(path: string): Promise<void> {
        if (path === this.#expiredFor) return
        this.#expiredFor = path
        const keep = Math.min(...[...this.policies].map((policy) => (policy.by === 'day' && policy.keep) || Number.POSITIVE_INFINITY))
        if (Number.isFinite(keep)) await expire(this.#file, keep, this.#today()).catch(() => {})
    }

    #setHealth(health: LogHealth): void {
        const isSame = health.ok ? this.#health.ok : !this.#health.ok && this.#health.reason === health.reason
        this.#health = health
        if (!isSame) for (const listener of this.#listeners) listener(health)
    }
}

const unavailable = (reason: string, cause?: unknown): Refusal =>
    new Refusal(503, 'LOG_UNAVAILABLE', `the log cannot be written: ${reason}`, {}, cause)
