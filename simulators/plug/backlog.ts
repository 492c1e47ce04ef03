import type { Clock } from '../../src/lib/index.ts'

const MOST = 30
/** Milliseconds between two commands of a Backlog (SetOption34). */
const PAUSE = 200

/** Commands given in one message, done one after the other. */
export class Backlog {
    readonly #clock: Clock
    readonly #execute: (name: string, payload: string) => void
    #waiting: string[] = []
    #cancel: (() => void) | undefined

    constructor(clock: Clock, execute: (name: string, payload: string) => void) {
        this.#clock = clock
        this.#execute = execute
    }

    /** `POWER1 ON; DELAY 5; …`; nothing at all empties it. @param pause whether to wait between two commands */
    add(commands: string, pause: boolean): void {
        const parts = commands.split(';').flatMap((part) => part.trim() || [])
        if (parts.length === 0) this.clear()
        if (!pause) for (const part of parts) this.#do(part)
        else this.#waiting = [...this.#waiting, ...parts].slice(0, MOST)
        if (!this.#cancel) this.#next()
    }

    clear(): void {
        this.#cancel?.()
        this.#cancel = undefined
        this.#waiting = []
    }

    #next(): void {
        this.#cancel = undefined
        const part = this.#waiting.shift()
        if (part === undefined) return
        const [, tenths] = /^delay\s+(\d+)$/i.exec(part) ?? []
        this.#cancel = this.#clock.after(tenths ? Number(tenths) * 100 : PAUSE, () => this.#next())
        if (!tenths) this.#do(part)
    }

    #do(part: string): void {
        const [, name = '', payload = ''] = /^(\S+)\s*(.*)$/s.exec(part) ?? []
        this.#execute(name, payload)
    }
}
