import { after, letterOf, type StateLetter, type StateName, stateNames, type Trigger } from './table.ts'

/** How an alarm behaves. Times are milliseconds. */
export interface Behaviour {
    /** Whether an alarm stands until it is reset, although its condition is over. */
    readonly latch: boolean
    /** For how long the condition has to last before there is an alarm. */
    readonly onDelay: number
    /** For how long the condition has to be over before the alarm is. */
    readonly offDelay: number
    /** An alarm that was acknowledged is raised again if it still stands after so long; 0 for never. */
    readonly repeat: number
}

/** What is known of one alarm. Plain data, never changed in place; times are milliseconds since 1970. */
export interface AlarmState {
    readonly name: StateName
    /** Whether its condition is there, delays considered. */
    readonly isActive: boolean
    /** What the condition will count as, once it has lasted. */
    readonly pending: { readonly isActive: boolean; readonly at: number } | null
    readonly shelvedUntil: number | null
    /** When it is raised again, although it was acknowledged. */
    readonly againAt: number | null
    readonly behaviour: Behaviour
}

export const noAlarm = (behaviour: Behaviour): AlarmState => ({
    name: 'normal',
    isActive: false,
    pending: null,
    shelvedUntil: null,
    againAt: null,
    behaviour,
})

/** What an alarm is told. */
export type AlarmEvent =
    /** Whether its condition is there; with how it behaves from now on. */
    | { type: 'condition'; isActive: boolean; behaviour?: Behaviour }
    | { type: Operation }
    | { type: 'shelve'; until: number }
    /** The time has come that the last `wake` gave. The clock may have been set since: what was due by then is due. */
    | { type: 'due'; at: number }

/** What people do with an alarm. */
export type Operation = Extract<
    Trigger,
    'acknowledge' | 'reset' | 'unshelve' | 'suppress' | 'unsuppress' | 'remove-from-service' | 'return-to-service'
>

/** What a step has done by whoever runs the machine. */
export type AlarmEffect =
    /** A transition, which is to be kept and published. */
    | { do: 'tell'; trigger: Trigger; from: StateName; to: StateName }
    /** When it is to be told `due`; null for never. */
    | { do: 'wake'; at: number | null }

interface Draft {
    state: AlarmState
    readonly effects: AlarmEffect[]
}

/**
 * Decides about one alarm, by the table of docs/alarm-states.md. Pure: whoever calls it keeps the state and carries out the effects. What
 * cannot be done in a state has no effect.
 */
export function step(state: AlarmState, event: AlarmEvent, now: number): { state: AlarmState; effects: AlarmEffect[] } {
    const draft: Draft = { state, effects: [] }
    if (event.type === 'condition') condition(draft, event.isActive, event.behaviour ?? state.behaviour, now)
    else if (event.type === 'shelve') fire(draft, 'shelve', now, { shelvedUntil: event.until })
    else if (event.type === 'due') due(draft, event.at, now)
    else fire(draft, event.type, now)
    const at = wakeAt(draft.state)
    if (at !== wakeAt(state)) draft.effects.push({ do: 'wake', at })
    return draft
}

/** When something is due for an alarm by itself; null for never. */
export function wakeAt({ pending, shelvedUntil, againAt }: AlarmState): number | null {
    const at = Math.min(pending?.at ?? Infinity, shelvedUntil ?? Infinity, againAt ?? Infinity)
    return at === Infinity ? null : at
}

function condition(draft: Draft, isActive: boolean, behaviour: Behaviour, now: number): void {
    draft.state = { ...draft.state, behaviour }
    const { state } = draft
    if (isActive === state.isActive) {
        draft.state = { ...state, pending: null }
        return
    }
    // A condition that is told again does not begin anew.
    if (state.pending?.isActive === isActive) return
    const delay = isActive ? behaviour.onDelay : behaviour.offDelay
    if (delay > 0) draft.state = { ...state, pending: { isActive, at: now + delay } }
    else count(draft, isActive, now)
}

/** The condition has lasted. */
function count(draft: Draft, isActive: boolean, now: number): void {
    draft.state = { ...draft.state, isActive, pending: null }
    fire(draft, isActive ? 'raise' : 'clear', now)
}

function due(draft: Draft, at: number, now: number): void {
    const { pending, shelvedUntil } = draft.state
    if (pending && pending.at <= at) count(draft, pending.isActive, now)
    if (shelvedUntil !== null && shelvedUntil <= at) fire(draft, 'unshelve', now)
    const { againAt } = draft.state
    if (againAt !== null && againAt <= at) fire(draft, 'raise-again', now)
}

function fire(draft: Draft, trigger: Trigger, now: number, also: Partial<AlarmState> = {}): void {
    const { state } = draft
    const to = after(trigger, letterOf(state.name), { isActive: state.isActive, isLatching: state.behaviour.latch })
    if (to === undefined) return
    draft.state = { ...state, ...timesOf(to, state, now), ...also, name: stateNames[to] }
    draft.effects.push({ do: 'tell', trigger, from: state.name, to: stateNames[to] })
}

/** What goes along with a state: a shelf has an end, and only an alarm that was acknowledged is raised again. */
const timesOf = (to: StateLetter, { shelvedUntil, againAt, behaviour }: AlarmState, now: number) => ({
    shelvedUntil: to === 'G' ? shelvedUntil : null,
    againAt: to === 'C' && behaviour.repeat > 0 ? (againAt ?? now + behaviour.repeat) : null,
})
