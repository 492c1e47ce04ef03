import { afterTurn } from '../lib/index.ts'
import { textFrame, textFrames } from './frame.ts'

/** A peer with queued frames. */
export interface Writer {
    /** Takes all frames out of the queue. */
    take(): Buffer[]
    write(bytes: Buffer): void
    /** Whether frames are compressed, which needs each by itself. */
    readonly compresses: boolean
    compress(frames: Buffer[]): void
}

/** Writes the queued frames of all peers at the end of a turn of the event loop, with one write for each peer. */
export class Outbound {
    #writers: Writer[] = []
    /** The text that was built last. */
    #text = ''
    #frame: Buffer = textFrame('')
    /** The list that was built last, as the same list is often sent to many peers in a row. */
    #list: readonly string[] = []
    #each: Buffer[] | undefined
    #whole: Buffer[] | undefined

    /** Builds the frame of a text: once where the same is sent to one peer after the other, as greetings are. */
    frame(text: string): Buffer {
        if (text !== this.#text) {
            this.#text = text
            this.#frame = textFrame(text)
        }
        return this.#frame
    }

    /** Builds the frames of a list of texts. @param apart whether each by itself, or all in one piece */
    built(texts: readonly string[], apart: boolean): readonly Buffer[] {
        if (texts !== this.#list) this.#forget(texts)
        if (apart) this.#each ??= texts.map(textFrame)
        else this.#whole ??= texts.length > 0 ? [textFrames(texts)] : []
        return (apart ? this.#each : this.#whole) ?? []
    }

    /** To be called when a writer queues its first frame. */
    add(writer: Writer): void {
        if (this.#writers.push(writer) === 1) afterTurn(() => this.#flush())
    }

    #forget(list: readonly string[]): void {
        this.#list = list
        this.#each = this.#whole = undefined
    }

    #flush(): void {
        const writers = this.#writers
        this.#writers = []
        this.#forget([])
        let last: Buffer[] = []
        let bytes: Buffer = Buffer.alloc(0)
        for (const writer of writers) {
            const frames = writer.take()
            if (frames.length === 0) continue
            if (writer.compresses) {
                writer.compress(frames)
                continue
            }
            // The same frames for several peers are joined once.
            if (!same(frames, last)) bytes = joined(frames)
            last = frames
            writer.write(bytes)
        }
    }
}

/** So many peers may leave as much untaken as is set. */
const FULL_SHARES = 64
/** Bytes that each may leave untaken, however many there are. */
const LEAST_SHARE = 65_536

/**
 * What a peer may leave untaken, so that many who take nothing do not fill the memory.
 * @param most what is set, in bytes
 * @param nth how many peers there are, with this one
 */
export const untakenShare = (most: number, nth: number): number => Math.min(most, Math.max((FULL_SHARES * most) / nth, LEAST_SHARE))

export const joined = (frames: Buffer[]): Buffer => (frames.length === 1 ? frames[0]! : Buffer.concat(frames))

const same = (a: Buffer[], b: Buffer[]): boolean => a.length === b.length && a.every((frame, i) => frame === b[i])
