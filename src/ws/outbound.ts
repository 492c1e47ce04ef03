import { afterTurn } from '../clock/index.ts'

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

    /** To be called when the first frame is queued. */
    add(writer: Writer): void {
        if (this.#writers.push(writer) === 1) afterTurn(() => this.#flush())
    }

    #flush(): void {
        const writers = this.#writers
        this.#writers = []
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
