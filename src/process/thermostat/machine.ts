/** How a thermostat controls. Times are milliseconds. */
export interface ThermostatSettings {
    /** Whether power makes the value greater or less. */
    action: 'heat' | 'cool'
    control: 'hysteresis' | 'pid'
    /** Hysteresis: it goes on and off where the value is so far from the set-point. */
    band: number
    /** PID: the part of full power for each degree, and the times of the integral and the derivative. */
    gain: number
    integral: number
    derivative: number
    /** PID and by hand: in each cycle it is on for a part of it. */
    cycle: number
    minOn: number
    minOff: number
    /** Without a value for so long the sensor is lost. */
    sensorLost: number
    /** So is one whose value has not changed at all while power was on for so long; 0 if nobody asks. */
    stuckAfter: number
    /** How often power is asked for again while it is on. */
    renew: number
}

export const modes = ['auto', 'off', 'manual'] as const
export type Mode = (typeof modes)[number]

/** What is known of a thermostat. Plain data, never changed in place; times are monotonic milliseconds. */
export interface ThermostatState {
    readonly mode: Mode
    readonly setPoint: number | null
    readonly value: number | null
    readonly valueAt: number
    /** How fast the value changes by the millisecond, smoothed. */
    readonly slope: number
    /** How long power was on since the value last changed, up to the last time that it was switched. */
    readonly onFor: number
    /** Since when it has been on without that being in `onFor`. */
    readonly countedAt: number
    /** The part of full power that is wanted, from 0 to 1. */
    readonly demand: number
    readonly isOn: boolean
    readonly switchedAt: number
    /** When power was last asked for. */
    readonly renewedAt: number
    /** The present cycle: when it began, and until when it is on in it. */
    readonly cycle: { readonly at: number; readonly onUntil: number } | null
    /** What a cycle was too short for, in milliseconds: those to come make up for it. */
    readonly carry: number
}

/** One that knows nothing: it has just gone off, for all that anybody can know. */
export const newThermostat = (now: number): ThermostatState => ({
    ...{ mode: 'auto', setPoint: null, value: null, valueAt: now, slope: 0, onFor: 0, countedAt: now, demand: 0 },
    ...{ isOn: false, switchedAt: now, renewedAt: now, cycle: null, carry: 0 },
})

export type ThermostatEvent =
    | { type: 'value'; value: number }
    /** What is not given stays as it is. A demand is for the mode `manual`. */
    | { type: 'set'; setPoint?: number | null | undefined; mode?: Mode | undefined; demand?: number | undefined }
    | { type: 'tick' }

export type ThermostatEffect =
    /** Power is to go on or off. */
    | { do: 'switch'; on: boolean }
    /** Power is still wanted. */
    | { do: 'renew' }
    /** When it is to be told that time has passed. */
    | { do: 'wake'; at: number | null }

/** Whether it controls by a sensor that says nothing any more, or the same whatever happens. */
export const isLost = (state: ThermostatState, { sensorLost, stuckAfter }: ThermostatSettings, now: number): boolean =>
    state.mode === 'auto' &&
    state.value !== null &&
    (now - state.valueAt >= sensorLost || (stuckAfter > 0 && onFor(state, now) >= stuckAfter))

/** How long power was on since the value last changed. */
const onFor = (state: ThermostatState, now: number): number => state.onFor + (state.isOn ? now - state.countedAt : 0)

/**
 * Decides about power. Pure: whoever calls it keeps the state and carries out the effects. Power is on and off for its minimum times,
 * whatever happens.
 */
export function step(
    before: ThermostatState,
    event: ThermostatEvent,
    now: number,
    settings: ThermostatSettings,
): { state: ThermostatState; effects: ThermostatEffect[] } {
    const told =
        event.type === 'value' ? measured(before, event.value, now, settings) : event.type === 'set' ? ordered(before, event, now) : before
    let { state, wants } = wanted(told, now, settings)
    const effects: ThermostatEffect[] = []
    const free = state.switchedAt + (state.isOn ? settings.minOn : settings.minOff)
    if (wants !== state.isOn && now >= free) {
        state = { ...state, onFor: onFor(state, now), isOn: wants, switchedAt: now, renewedAt: now, countedAt: now }
        effects.push({ do: 'switch', on: wants })
    } else if (state.isOn && now >= state.renewedAt + settings.renew) {
        state = { ...state, renewedAt: now }
        effects.push({ do: 'renew' })
    }
    if (settings.control === 'hysteresis' && state.mode !== 'manual') state = { ...state, demand: Number(state.isOn) }
    effects.push({ do: 'wake', at: wakeAt(state, wants, settings, now) })
    return { state, effects }
}

const direction = ({ action }: ThermostatSettings) => (action === 'heat' ? 1 : -1)

function ordered(
    state: ThermostatState,
    { setPoint, mode, demand }: Extract<ThermostatEvent, { type: 'set' }>,
    now: number,
): ThermostatState {
    const { cycle } = state
    const isByHand = (mode ?? state.mode) === 'manual'
    return {
        ...state,
        ...(setPoint !== undefined && { setPoint }),
        ...(mode !== undefined && { mode }),
        ...(demand !== undefined && isByHand && { demand }),
        // Whoever wants no power by hand does not wait for the end of a cycle.
        ...(demand === 0 && isByHand && cycle && { cycle: { ...cycle, onUntil: Math.min(cycle.onUntil, now) } }),
    }
}

/**
 * The velocity form of a PID controller, with its proportional and derivative parts on the value: it only says by how much the demand
 * changes, so that neither another set-point nor another mode makes it jump, and nothing winds up.
 */
function measured(state: ThermostatState, value: number, now: number, settings: ThermostatSettings): ThermostatState {
    const isSame = value === state.value
    const known = { ...state, value, valueAt: now, ...(!isSame && { onFor: 0, countedAt: now }) }
    const passed = now - state.valueAt
    if (state.value === null || passed <= 0 || passed >= settings.sensorLost) return { ...known, slope: 0 }
    const { gain, integral, derivative } = settings
    const smoothing = passed / (passed + derivative / 5)
    const slope = state.slope + smoothing * ((value - state.value) / passed - state.slope)
    if (state.mode !== 'auto' || settings.control !== 'pid' || state.setPoint === null) return { ...known, slope }
    const sign = direction(settings)
    const change = (state.setPoint - value) * (passed / integral) - (value - state.value) - derivative * (slope - state.slope)
    return { ...known, slope, demand: Math.min(Math.max(state.demand + gain * sign * change, 0), 1) }
}

/** Whether power is wanted, minimum times left aside. */
function wanted(state: ThermostatState, now: number, settings: ThermostatSettings): { state: ThermostatState; wants: boolean } {
    const { mode, setPoint, value, isOn } = state
    const isBlind = mode === 'auto' && (setPoint === null || value === null || isLost(state, settings, now))
    if (mode === 'off' || isBlind) return { state: { ...state, demand: 0, cycle: null, carry: 0 }, wants: false }
    if (mode === 'manual' || settings.control === 'pid') return proportioned(state, now, settings)
    const lack = direction(settings) * (setPoint! - value!)
    return { state: { ...state, cycle: null, carry: 0 }, wants: isOn ? lack > -settings.band : lack > settings.band }
}

/** On for a part of each cycle. What is too short to be switched for is made up for later. */
function proportioned(state: ThermostatState, now: number, { cycle: length, minOn, minOff }: ThermostatSettings) {
    const { cycle } = state
    if (cycle && now < cycle.at + length) return { state, wants: now < cycle.onUntil }
    const on = state.demand * length + state.carry
    const rounded = on < minOn ? 0 : length - on < minOff ? length : on
    // What a demand of nothing or of everything leaves is not made up for.
    const carry = state.demand > 0 && state.demand < 1 ? on - rounded : 0
    return { state: { ...state, cycle: { at: now, onUntil: now + rounded }, carry }, wants: rounded > 0 }
}

function wakeAt(state: ThermostatState, wants: boolean, settings: ThermostatSettings, now: number): number | null {
    const { isOn, switchedAt, renewedAt, cycle, mode, value, valueAt } = state
    const times: number[] = []
    if (wants !== isOn) times.push(switchedAt + (isOn ? settings.minOn : settings.minOff))
    if (isOn) times.push(renewedAt + settings.renew)
    if (cycle) times.push(cycle.at + settings.cycle, cycle.onUntil)
    if (mode === 'auto' && value !== null) times.push(valueAt + settings.sensorLost)
    if (isOn && settings.stuckAfter > 0) times.push(now + settings.stuckAfter - onFor(state, now))
    const coming = times.filter((time) => time > now)
    return coming.length === 0 ? null : Math.min(...coming)
}
