/** How many rows of the beginning of a list have no more bytes together than that; the first one counts in any case. */
export function fitting(rows: readonly { bytes: number }[], most: number): number {
    let sum = 0
    const beyond = rows.findIndex(({ bytes }, i) => {
        sum += bytes
        return i > 0 && sum > most
    })
    return beyond < 0 ? rows.length : beyond
}
