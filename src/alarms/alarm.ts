import type { AlarmState } from './machine.ts'
import type { StateName, Trigger } from './table.ts'

/** The least urgent first. */
export const priorities = ['low', 'medium', 'high', 'critical'] as const
export type Priority = (typeof priorities)[number]

/** What an alarm is about. */
export interface Subject {
    id: string
    /** For people. */
    text: string
    priority: Priority
    /** What was measured, if anything was. */
    value: number | null
}

/** Who does something to an alarm, and why. */
export interface Actor {
    /** Blank: nobody but the flow itself. */
    by: string
    comment: string
}

export const nobody: Actor = { by: '', comment: '' }

/** An alarm as it is kept. Times are milliseconds since 1970. */
export interface Alarm extends Subject {
    state: AlarmState
    /** When its state last became another. */
    since: number
    /** When it was raised last; null for never. */
    raisedAt: number | null
    /** Of the last transition. */
    actor: Actor
    /** The id of the task that wakes it, if it is to be woken. */
    task: string | null
}

/** Something that happened to an alarm. */
export interface Transition extends Subject, Actor {
    /** Ascending in the order in which they happened, in all of a store. */
    seq: number
    at: number
    trigger: Trigger
    from: StateName
    to: StateName
    isActive: boolean
}

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

/** What flows are told of an alarm. */
export function viewOf({ id, text, priority, value, state, since, raisedAt, actor }: Alarm) {
    return {
        ...{ id, text, priority, value },
        state: state.name,
        active: state.isActive,
        since: iso(since),
        raisedAt: isoOrNull(raisedAt),
        shelvedUntil: isoOrNull(state.shelvedUntil),
        ...actor,
    }
}

/** What flows are told of a transition. @param isFlood whether too many alarms come for anybody to look at each */
export function transitionView({ at, trigger, to, isActive, ...rest }: Transition, isFlood = false) {
    return { ...rest, event: trigger, state: to, active: isActive, time: iso(at), ...(isFlood && { flood: true }) }
}
