/** An alarm as the flow tells of it. Times are ISO 8601. */
export interface Alarm {
    id: string
    text: string
    priority: Priority
    value?: unknown
    state: AlarmState
    /** Whether its condition holds. */
    active: boolean
    /** When it came into its state. */
    since: string
    raisedAt?: string | null
    shelvedUntil?: string | null
    by?: string | null
    comment?: string | null
}

/** What happened to an alarm. */
export interface Transition extends Pick<Alarm, 'id' | 'text' | 'priority' | 'value' | 'state' | 'active' | 'by' | 'comment'> {
    seq: number
    event: string
    from: AlarmState
    time: string
}

/** From the most urgent on. */
export const priorities = ['critical', 'high', 'medium', 'low'] as const
export type Priority = (typeof priorities)[number]

/** The states of ISA-18.2. */
export const states = [
    'unacknowledged',
    'latched-unacknowledged',
    'returned-unacknowledged',
    'acknowledged',
    'latched-acknowledged',
    'shelved',
    'suppressed',
    'out-of-service',
    'normal',
] as const
export type AlarmState = (typeof states)[number]

/** Whether somebody has to look at it. */
export const isUnacknowledged = ({ state }: Pick<Alarm, 'state'>): boolean => state.endsWith('unacknowledged')
/** Whether it is put aside, for a time or by somebody. */
export const isAside = ({ state }: Pick<Alarm, 'state'>): boolean => ['shelved', 'suppressed', 'out-of-service'].includes(state)
export const isStanding = ({ state }: Pick<Alarm, 'state'>): boolean => state !== 'normal'
export const canShelve = (alarm: Alarm): boolean => isStanding(alarm) && !isAside(alarm)
export const canSuppress = (alarm: Pick<Alarm, 'state'>): boolean => alarm.state !== 'suppressed' && canRemove(alarm)
export const canRemove = ({ state }: Pick<Alarm, 'state'>): boolean => state !== 'out-of-service'
export const canReset = ({ state }: Pick<Alarm, 'state'>): boolean => state.startsWith('latched-')

const rank = <Value>(all: readonly Value[], value: Value): number => (all.includes(value) ? all.indexOf(value) : all.length)

/** What nobody has acknowledged first, then by priority, then the latest. */
export function byUrgency(one: Alarm, other: Alarm): number {
    const group = (alarm: Alarm) => (isUnacknowledged(alarm) ? 0 : isAside(alarm) ? 2 : isStanding(alarm) ? 1 : 3)
    return (
        group(one) - group(other) ||
        rank(priorities, one.priority) - rank(priorities, other.priority) ||
        Date.parse(other.since) - Date.parse(one.since)
    )
}

/** The alarm as a transition leaves it. @param known as it was before */
export function afterTransition(known: Alarm | undefined, { seq: _, event, from: __, time, ...rest }: Transition): Alarm {
    const isRaised = event === 'raise' || event === 'raise-again'
    return {
        ...known,
        ...rest,
        since: time,
        raisedAt: isRaised ? time : (known?.raisedAt ?? time),
        shelvedUntil: rest.state === 'shelved' ? (known?.shelvedUntil ?? null) : null,
    }
}
