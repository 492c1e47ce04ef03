import type { Session } from '../peers/index.ts'
import type { ViewEvent } from './view-event.ts'

/** How events become frames. There is one object for each way, so that what is told to many is built once. */
export interface ViewFormat {
    /** Whether rows can come, go and move only by showing all of them anew. */
    readonly whole: boolean
    frames(event: ViewEvent): string[]
}

const byEncoding = new Map<string, ViewFormat>()

/** Every event as a frame of the session's protocol. */
export function formatOf({ encoding, encode }: Session): ViewFormat {
    const known = encoding === undefined ? undefined : byEncoding.get(encoding)
    if (known) return known
    const format: ViewFormat = { whole: false, frames: (event) => [encode(event)] }
    if (encoding !== undefined) byEncoding.set(encoding, format)
    return format
}

const built = new WeakMap<readonly ViewEvent[], Map<ViewFormat, readonly string[]>>()

/** The frames of a list of events: for all viewers with the same format the very same list. */
export function framesOf(events: readonly ViewEvent[], format: ViewFormat): readonly string[] {
    const known = built.get(events) ?? new Map<ViewFormat, readonly string[]>()
    built.set(events, known)
    const frames = known.get(format) ?? events.flatMap((event) => format.frames(event))
    known.set(format, frames)
    return frames
}
