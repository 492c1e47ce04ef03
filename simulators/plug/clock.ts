import { type Clock, systemClock } from '../../src/lib/index.ts'

/** The machine's clock, running `speed` times as fast from now on. */
export function fastClock(speed: number): Clock {
    const start = systemClock.now()
    return {
        now: () => start + (systemClock.now() - start) * speed,
        monotonic: () => systemClock.monotonic() * speed,
        after: (ms, run) => systemClock.after(ms / speed, run),
    }
}

/** `2026-01-31T12:00:00`, local time without a zone, as Tasmota writes it. */
export function timestamp(ms: number): string {
    const at = new Date(ms)
    return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
