/** What a thrown value says, for a text that tells more. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The same with where it was thrown, for a log: of a fault of ours. */
export const stackOf = (error: unknown): string => (error instanceof Error ? String(error.stack) : String(error))
