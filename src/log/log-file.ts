import { badInput, type Clock, cautious, Refusal } from '../lib/index.ts'
import { appendLines } from './append.ts'
import { dailyFile, expire } from './day.ts'

/** How a log is kept. */
export type LogPolicy = { by: 'size' /** Bytes. */; size: number } | { by: 'day' /** Days; 0 means for ever. */; keep: number }

/** Whether the latest lines could be written, and if not, why. */
export type LogHealth = { ok: true } | { ok: false; reason: string }

interface Entry {
    text: string
    bytes: number
    /** Where it belongs, by the time at which it came. */
    path: string
    resolve(): void
    reject(error: unknown): void
}

const LONGEST = 1_048_576
/** Whoever adds faster than the disk takes it is refused before memory runs out. */
const MOST_WAITING = 50_000
const MOST_BYTES_WAITING = 32 * 1_048_576
/** Milliseconds: a disk that hangs must not keep Node-RED from closing. */
const CLOSING = 800

const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EACCES: 'not permitted',
    EPERM: 'not permitted',
    EROFS: 'the disk is read-only',
    EISDIR: 'is a directory',
    ENOTDIR: 'its folder is a file',
    EMFILE: 'too many open files',
}

/** A log that several may write. Lines are written in the order in which they came, those that come meanwhile at once. */
export class LogFile {
    /** Of those who write: the smallest size and the shortest time to keep count. */
    readonly policies = new Set<LogPolicy>()
    readonly #file: string
    readonly #clock: Clock
    readonly #today: () => number
    readonly #listeners = new Set<(health: LogHealth) => void>()
    #health: LogHealth = { ok: true }
    #waiting: Entry[] = []
    #bytes = 0
    #writing: Promise<void> | undefined
    #latest = ''
    #closed = false

    constructor(file: string, clock: Clock) {
        this.#file = file
        this.#clock = clock
        this.#today = cautious(clock)
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
     * @param line without an end
     * @throws {@link Refusal} 422 for a line that is too long, 503 `LOG_UNAVAILABLE` when it could not be written; then nothing of it is there
     */
    append(line: string): Promise<void> {
        const text = `${line}\n`
        const bytes = Buffer.byteLength(text)
        const limit = Math.min(this.#limit, LONGEST)
        if (bytes > limit) return Promise.reject(badInput('line', `must not be longer than ${limit - 1} bytes`))
        if (this.#closed) return Promise.reject(unavailable('the log was closed'))
        if (this.#waiting.length >= MOST_WAITING || this.#bytes + bytes > MOST_BYTES_WAITING)
            return Promise.reject(unavailable('too many lines wait to be written'))
        return new Promise((resolve, reject) => {
            this.#waiting.push({ text, bytes, path: this.#path(), resolve, reject })
            this.#bytes += bytes
            this.#writing ??= this.#write()
        })
    }

    /** Writes what waits, as far as there is time. */
    async close(): Promise<void> {
        this.#closed = true
        if (!this.#writing) return
        let cancel = () => {}
        const late = new Promise<void>((resolve) => {
            cancel = this.#clock.after(CLOSING, resolve)
        })
        await Promise.race([this.#writing, late])
        cancel()
        for (const entry of this.#waiting.splice(0)) entry.reject(unavailable('the log was closed'))
    }

    get #limit(): number {
        return Math.min(...Array.from(this.policies, (policy) => (policy.by === 'size' ? policy.size : Number.POSITIVE_INFINITY)))
    }

    #path(): string {
        const daily = Array.from(this.policies, ({ by }) => by).includes('day')
        return daily ? dailyFile(this.#file, this.#clock.now()) : this.#file
    }

    async #write(): Promise<void> {
        // What else comes in this turn goes with it.
        await Promise.resolve()
        while (this.#waiting.length > 0) {
            const batch = this.#take()
            try {
                await appendLines(batch[0]!.path, Buffer.from(batch.map(({ text }) => text).join('')), this.#limit)
                this.#report({ ok: true })
                for (const entry of batch) entry.resolve()
                await this.#expire(batch[0]!.path)
            } catch (error) {
                const reason = reasonOf(error)
                this.#report({ ok: false, reason })
                for (const entry of batch) entry.reject(unavailable(reason, error))
            }
        }
        this.#writing = undefined
    }

    /** The next lines that go into the same file, no more than half of what it may hold. */
    #take(): Entry[] {
        const most = Math.min(this.#limit / 2, LONGEST)
        const { path } = this.#waiting[0]!
        let bytes = 0
        let count = 0
        for (const entry of this.#waiting) {
            if (entry.path !== path || (count > 0 && bytes + entry.bytes > most)) break
            bytes += entry.bytes
            count++
        }
        this.#bytes -= bytes
        return this.#waiting.splice(0, count)
    }

    /** Once for each new day. A file that stays longer is no reason to refuse a line. */
    async #expire(path: string): Promise<void> {
        if (path === this.#latest) return
        this.#latest = path
        const keeps = Array.from(this.policies, (policy) =>
            policy.by === 'day' && policy.keep > 0 ? policy.keep : Number.POSITIVE_INFINITY,
        )
        const keep = Math.min(...keeps)
        if (Number.isFinite(keep)) await expire(this.#file, keep, this.#today()).catch(() => {})
    }

    #report(health: LogHealth): void {
        const same = health.ok ? this.#health.ok : !this.#health.ok && this.#health.reason === health.reason
        this.#health = health
        if (!same) for (const listener of this.#listeners) listener(health)
    }
}

const unavailable = (reason: string, cause?: unknown): Refusal =>
    new Refusal(503, 'LOG_UNAVAILABLE', `the log cannot be written: ${reason}`, {}, cause)

function reasonOf(error: unknown): string {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return reasons[code] ?? (code || String(error))
}
