/**
 * A time as a column takes it, whatever was asked for: columns of times have whole numbers, and not every database takes others, nor those
 * beyond all times there are, for that.
 */
export const whole = (ms: number): number => Math.min(Math.max(Math.round(ms), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
