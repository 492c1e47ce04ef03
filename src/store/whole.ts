/** A time as a whole number within the range that every database takes in a column of times. */
export const whole = (ms: number): number => Math.min(Math.max(Math.round(ms), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
