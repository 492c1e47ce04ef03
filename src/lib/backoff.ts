/**
 * How long to wait before the next try, in milliseconds: doubling, up to a limit.
 * @param tries how many have failed so far, from 1
 */
export const backoff = (tries: number, first = 1000, most = 30_000): number => Math.min(first * 2 ** (tries - 1), most)
