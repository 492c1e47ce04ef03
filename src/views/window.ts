/** A step from one list of ids to another. */
export type WindowChange = { do: 'remove'; id: string } | { do: 'insert' | 'move'; id: string; index: number }

/**
 * The steps from one list to another, with the fewest moves. The index of a move counts in the list without the moved id.
 */
export function changesBetween(from: readonly string[], to: readonly string[]): WindowChange[] {
    if (from.length === to.length && from.every((id, i) => id === to[i])) return []
    const wanted = new Set(to)
    const steps: WindowChange[] = from.filter((id) => !wanted.has(id)).map((id) => ({ do: 'remove', id }))
    const list = from.filter((id) => wanted.has(id))
    const had = new Map(list.map((id, i) => [id, i]))
    const staying = longestIncreasing(
        to.filter((id) => had.has(id)),
        had,
    )
    let previous = -1
    to.forEach((id, i) => {
        if (staying.has(id)) {
            previous = list.indexOf(id, previous + 1)
            return
        }
        const moved = had.has(id)
        if (moved) {
            const old = list.indexOf(id)
            list.splice(old, 1)
            if (old <= previous) previous--
        }
        // Directly behind its predecessor: ids that are still in between are moved later.
        previous++
        list.splice(previous, 0, id)
        steps.push({ do: moved ? 'move' : 'insert', id, index: i === 0 ? 0 : previous })
    })
    return steps
}

/** The ids that need no move: the longest increasing subsequence of their old places. */
function longestIncreasing(ids: readonly string[], places: ReadonlyMap<string, number>): Set<string> {
    const place = (i: number) => places.get(ids[i]!)!
    /** For each length, the last index of the subsequence of that length with the lowest last place. */
    const ends: number[] = []
    const before: number[] = []
    for (let i = 0; i < ids.length; i++) {
        let low = 0
        for (let high = ends.length; low < high; ) {
            const middle = (low + high) >> 1
            if (place(ends[middle]!) < place(i)) low = middle + 1
            else high = middle
        }
        before.push(low > 0 ? ends[low - 1]! : -1)
        ends[low] = i
    }
    const longest = new Set<string>()
    for (let i = ends.at(-1) ?? -1; i !== -1; i = before[i]!) longest.add(ids[i]!)
    return longest
}
