/** Drops what was put in first, until no more than `most` are left. */
export function dropOldest(all: Map<string, unknown> | Set<string>, most: number): void {
    for (const oldest of all.keys()) {
        if (all.size <= most) return
        all.delete(oldest)
    }
}
