import type { Alarm, Transition } from './alarm.ts'

/** What becomes of an alarm in one go. */
export interface Change {
    alarm: Alarm
    transitions: Omit<Transition, 'seq'>[]
}

export interface Changed {
    /** Undefined if it was not there. */
    before: Alarm | undefined
    alarm: Alarm
    transitions: Transition[]
}

export interface AlarmFilter {
    /** Whether also those that are normal. */
    all: boolean
    limit: number
}

export interface TransitionFilter {
    id?: string | undefined
    /** Only what happened before the transition with that number. */
    before?: number | undefined
    limit: number
}

/** How many alarms of a group are not normal, and how many of those nobody has acknowledged. */
export interface AlarmCounts {
    standing: number
    unacknowledged: number
}

/** What keeps alarms, in groups. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface AlarmRepository {
    /**
     * Changes an alarm by what a function makes of it, and writes that down with its transitions, or nothing.
     * @param make may be called more than once; undefined changes nothing
     * @throws what `make` throws, and {@link Refusal} 429 `TOO_MANY_ALARMS`
     */
    change(group: string, id: string, make: (alarm: Alarm | undefined) => Change | undefined): Promise<Changed | undefined>
    get(group: string, id: string): Promise<Alarm | undefined>
    /** The most urgent first, and of those the latest. */
    list(group: string, filter: AlarmFilter): Promise<Alarm[]>
    counts(group: string): Promise<AlarmCounts>
    /** Those that are to be woken. */
    waking(group: string): Promise<Alarm[]>
    /** The latest first. */
    transitions(group: string, filter: TransitionFilter): Promise<Transition[]>
}
