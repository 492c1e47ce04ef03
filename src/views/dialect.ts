import { type Protocol, smartOsViewer } from '../peers/index.ts'
import { smartOs } from './smart-os.ts'
import type { Burst } from './view.ts'
import type { ViewEvent } from './view-event.ts'

/** How events are told. There is one of each kind, so that what is told to many is built once. */
export interface Dialect {
    /** Whether rows can come, go and move only by showing all of them anew. */
    readonly whole: boolean
    frames(event: ViewEvent): string[]
}

/** Every event as JSON. */
export const plain: Dialect = { whole: false, frames: (event) => [JSON.stringify(event)] }

const dialects = new WeakMap<Protocol, Dialect>([[smartOsViewer, smartOs]])

/** How a protocol tells events: as it has it, or each as a frame of its own accord. */
export function dialectOf(protocol: Protocol): Dialect {
    const known = dialects.get(protocol)
    if (known) return known
    const dialect: Dialect = { whole: false, frames: (event) => [protocol.write(event)] }
    dialects.set(protocol, dialect)
    return dialect
}

const built = new WeakMap<Burst, Map<Dialect, readonly string[]>>()

/** The frames of a burst: for everybody who speaks the same the very same list. */
export function framesOf(burst: Burst, dialect: Dialect): readonly string[] {
    const known = built.get(burst) ?? new Map<Dialect, readonly string[]>()
    built.set(burst, known)
    const frames = known.get(dialect) ?? burst.events.flatMap((event) => dialect.frames(event))
    known.set(dialect, frames)
    return frames
}
