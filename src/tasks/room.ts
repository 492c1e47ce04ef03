import type { TaskEntry } from './repository.ts'

/** How many more tasks may be begun now, and with how many characters of payload. */
export interface Room {
    count: number
    bytes: number
    /** Nothing is worked on. */
    isEmpty: boolean
}

/** Takes room for a task; one that is larger than all the room there is goes alone. @returns whether there was any */
export function takeRoom(room: Room, { bytes }: TaskEntry): boolean {
    if (room.count <= 0 || (bytes > room.bytes && !room.isEmpty)) return false
    room.count--
    room.bytes -= bytes
    room.isEmpty = false
    return true
}

/** The first so many for which there is room: a smaller one does not get ahead of one that has to wait. */
export function fitting(room: Room, entries: readonly TaskEntry[]): readonly TaskEntry[] {
    const end = entries.findIndex((entry) => !takeRoom(room, entry))
    return end < 0 ? entries : entries.slice(0, end)
}
