/** Drops what was put in first, until no more than `most` are left. */
export function dropOldest(all: Map<string, unknown> | Set<string>, most: number): void {
    // Looking for the oldest takes time where much was deleted.
    if (all.size <= most) return
    for (const oldest of all.keys()) {
        all.delete(oldest)
        if (all.size <= most) return
    }
}
