import { needsAnswer, proven, sent } from './commands.ts'
import { doubtOver, isOpposite, pendingOf, reported, type Verdict } from './confirmation.ts'
import { type Draft, forgetRetries, poll, query, record, set, wentOff } from './draft.ts'
import { isSurelyOff, type MachineEvent, type SwitchOutcome } from './state.ts'

/** How long a plug may take to settle a doubt, in milliseconds. */
const DOUBT = 1000

type Of<T extends MachineEvent['type']> = Extract<MachineEvent, { type: T }>

/** Sends a command, and waits for the plug's own report. */
export function begin(d: Draft, { on, owner, ends, within }: Of<'switch'>): void {
    const { commands, isConnected } = d.s
    if (!isConnected) return void d.effects.push({ do: 'settle', outcome: 'unsent' })
    set(d, { pending: pendingOf(commands, on, owner, ends, d.now), commands: sent(commands, on, d.now), isClaimed: false })
    d.effects.push({ do: 'arm', timer: 'confirm', ms: within }, { do: 'send', what: on ? 'on' : 'off' })
    // In one go with the command: the plug does one after the other.
    if (on) d.effects.push({ do: 'send', what: 'reading' })
}

/** Sends OFF at once while something else has its turn. */
export function pushOff(d: Draft): void {
    if (!d.s.isConnected) return
    set(d, { commands: sent(d.s.commands, false, d.now) })
    d.effects.push({ do: 'send', what: 'off-unawaited' })
}

/** What a report shows of the command that waits for one. */
export function report(d: Draft, event: Of<'report'>): void {
    const { pending, asks, verdict } = reported(d.s.pending!, event, d.s.questions, d.now)
    set(d, { pending })
    if (asks) ask(d)
    if (verdict) settle(d, verdict)
}

/** Asks for the state that the command has led to. */
function ask(d: Draft): void {
    const question = query(d)
    set(d, { pending: { ...d.s.pending!, question } })
    d.effects.push({ do: 'arm', timer: 'doubt', ms: Math.min(DOUBT, d.s.confirm / 2) })
}

export function endDoubt(d: Draft): void {
    const { pending, verdict } = doubtOver(d.s.pending!, d.s.questions, d.now)
    set(d, { pending })
    if (verdict) settle(d, verdict)
}

/** The time for the confirmation is over. */
export const late = (d: Draft): void => end(d, isOpposite(d.s.pending!) ? 'opposite' : 'silent')

export function unsent(d: Draft): void {
    set(d, { commands: d.s.pending!.before })
    end(d, 'unsent')
}

export function abandon(d: Draft): void {
    const { on, owner } = d.s.pending!
    done(d)
    lose(d)
    set(d, { unconfirmed: { on, owner, at: d.now } })
}

function settle(d: Draft, { isConfirmed, isProven, isUncertain = false }: Verdict): void {
    const { on } = d.s.pending!
    if (isProven) set(d, { commands: proven(d.s.commands, isConfirmed ? on : !on, !isUncertain, d.now) })
    end(d, isConfirmed ? 'confirmed' : 'opposite')
}

function end(d: Draft, outcome: SwitchOutcome): void {
    const { on, owner, ends } = d.s.pending!
    done(d)
    if (outcome === 'silent') lose(d)
    if (needsAnswer(d.s.commands, d.now)) poll(d)
    if (outcome !== 'confirmed') fail(d, on, owner, outcome)
    else if (on) turnedOn(d, owner)
    else turnedOff(d, owner, ends)
    d.effects.push({ do: 'settle', outcome })
}

function turnedOn(d: Draft, owner: string): void {
    forgetRetries(d)
    set(d, { wasOn: true, logged: true, onSince: d.now, unconfirmed: null })
    d.effects.push({ do: 'log-on', owner })
}

function turnedOff(d: Draft, owner: string, ends: string | null): void {
    if (ends !== null) set(d, { running: d.s.running - 1 })
    wentOff(d, owner, ends === null ? null : { how: 'stopped', id: ends })
}

function fail(d: Draft, on: boolean, owner: string, outcome: SwitchOutcome): void {
    if (outcome !== 'unsent') set(d, { unconfirmed: { on, owner, at: d.now } })
    // It has said so since it was told: nothing is due, and an ON that comes is not ours.
    if (!on || !isSurelyOff(d.s)) return
    set(d, { offDue: false, unconfirmed: null })
    record(d)
}

function done(d: Draft): void {
    set(d, { pending: null })
    d.effects.push({ do: 'disarm', timer: 'confirm' }, { do: 'disarm', timer: 'doubt' })
}

/** What became of a command is not known; the plug may say so when asked. */
function lose(d: Draft): void {
    set(d, { relay: null })
    query(d)
    poll(d)
}
