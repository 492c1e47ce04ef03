import type { Session } from '../peers/index.ts'
import type { ViewEvent } from './view-event.ts'

/** How events become frames. Viewers with the same object share the frames, which are built once. */
export interface ViewFormat {
    /** Whether there are no frames for rows that come, go and move, so that all rows are shown anew. */
    readonly whole: boolean
    frames(event: ViewEvent): string[]
}

/** Formats by the encoding of their sessions, of which there are as many as protocols. */
const byEncoding = new Map<string, ViewFormat>()

/** Every event as a frame of the session's protocol. */
export function formatOf({ encoding, encode }: Session): ViewFormat {
    const known = encoding === undefined ? undefined : byEncoding.get(encoding)
    if (known) return known
    const format: ViewFormat = { whole: false, frames: (event) => [encode(event)] }
    if (encoding !== undefined) byEncoding.set(encoding, format)
    return format
}

/** Frames by the list of events that they were built of. */
const built = new WeakMap<readonly ViewEvent[], Map<ViewFormat, readonly string[]>>()

/** The frames of a list of events, built once for each format. */
export function framesOf(events: readonly ViewEvent[], format: ViewFormat): readonly string[] {
    const known = built.get(events) ?? new Map<ViewFormat, readonly string[]>()
    built.set(events, known)
    const found = known.get(format)
    if (found) return found
    const frames: string[] = []
    for (const event of events) frames.push(...format.frames(event))
    known.set(format, frames)
    return frames
}
