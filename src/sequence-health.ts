/** Columns that tell how a device's messages came: counts of those that are missing, came twice, or came after a later one. */
export const HEALTH: ReadonlyMap<string, 'gaps' | 'duplicates' | 'reordered'> = new Map([
    ['_gaps', 'gaps'],
    ['_duplicates', 'duplicates'],
    ['_reordered', 'reordered'],
])
