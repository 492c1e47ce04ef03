import { Unusable } from './engine.ts'

interface Claim {
    owner: object
    waiting: Set<() => void>
}

/** The databases that are in use in this process, files by real path. */
const claims = new Map<string, Claim>()

/**
 * Makes a database one's own: two stores on one would not know of each other's group commits and instances.
 * @param freed is called once when the database that could not be had has become free
 * @throws {@link Unusable} when somebody else has it
 */
export function claim(path: string, owner: object, freed: () => void): void {
    const held = claims.get(path)
    if (!held) {
        claims.set(path, { owner, waiting: new Set() })
    } else if (held.owner !== owner) {
        held.waiting.add(freed)
        throw new Unusable('anew', 'the database is already used by another store')
    }
}

/** Gives up a claim, or the wait for one. */
export function release(path: string, owner: object, freed: () => void): void {
    const held = claims.get(path)
    if (!held) return
    if (held.owner !== owner) {
        held.waiting.delete(freed)
        return
    }
    claims.delete(path)
    for (const free of held.waiting) free()
}
