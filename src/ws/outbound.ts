import { afterTurn } from '../lib/index.ts'
import { textFrame } from './frame.ts'

/** Somebody who has frames to be written. */
export interface Writer {
    /** Hands out what is queued; the queue is empty afterwards. */
    take(): Buffer[]
    write(bytes: Buffer): void
    /** Whether its frames have to be compressed, each by itself. */
    readonly compresses: boolean
    compress(frames: Buffer[]): void
}

/** Writes what an endpoint's peers are to be sent once in a turn of the event loop: one write for each of them. */
export class Outbound {
    #writers: Writer[] = []
    /** The list that was built last: many are sent the same, one after the other. */
    #list: readonly string[] = []
    #each: Buffer[] = []
    #whole: Buffer[] = []

    /** Texts as frames, each by itself or all in one piece. */
    built(texts: readonly string[], apart: boolean): readonly Buffer[] {
        if (texts !== this.#list) {
            this.#list = texts
            this.#each = texts.map(textFrame)
            this.#whole = texts.length > 0 ? [joined(this.#each)] : []
        }
        return apart ? this.#each : this.#whole
    }

    /** To be called when the first frame is queued. */
    add(writer: Writer): void {
        if (this.#writers.push(writer) === 1) afterTurn(() => this.#flush())
    }

    #flush(): void {
        const writers = this.#writers
        this.#writers = []
        this.#list = this.#each = this.#whole = []
        let last: Buffer[] = []
        let bytes: Buffer = Buffer.alloc(0)
        for (const writer of writers) {
            const frames = writer.take()
            if (frames.length === 0) continue
            if (writer.compresses) {
                writer.compress(frames)
                continue
            }
            // Many are sent the same: that is put together once.
            if (!same(frames, last)) bytes = joined(frames)
            last = frames
            writer.write(bytes)
        }
    }
}

export const joined = (frames: Buffer[]): Buffer => (frames.length === 1 ? frames[0]! : Buffer.concat(frames))

const same = (a: Buffer[], b: Buffer[]): boolean => a.length === b.length && a.every((frame, i) => frame === b[i])
