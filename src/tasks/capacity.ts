import type { TaskEntry } from './repository.ts'

/** How many more tasks may be begun now, and with how many characters of payload. */
export interface Capacity {
    count: number
    bytes: number
    /** Nothing is worked on. */
    isEmpty: boolean
}

/** Takes room for a task; one that is larger than all the room there is goes alone. @returns whether there was any */
export function takeCapacity(capacity: Capacity, { bytes }: TaskEntry): boolean {
    if (capacity.count <= 0 || (bytes > capacity.bytes && !capacity.isEmpty)) return false
    capacity.count--
    capacity.bytes -= bytes
    capacity.isEmpty = false
    return true
}

/** The first so many for which there is room: a smaller one does not get ahead of one that has to wait. */
export function fitting(capacity: Capacity, entries: readonly TaskEntry[]): readonly TaskEntry[] {
    const end = entries.findIndex((entry) => !takeCapacity(capacity, entry))
    return end < 0 ? entries : entries.slice(0, end)
}
