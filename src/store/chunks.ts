/** Databases limit how many values one statement may have. */
export function* chunks<T>(list: readonly T[], size = 500): Generator<T[]> {
    for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size)
}
