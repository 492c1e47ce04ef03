import { backoff } from '../../lib/index.ts'
import { NEVER } from './commands.ts'
import { asked, unsure } from './questions.ts'
import { type Effect, type Ends, endedByNobody, isOffDue, isSurelyOff, noRetry, type PowerState } from './state.ts'

/** A step that is being made: the state so far, and what is to be done. */
export interface Draft {
    s: PowerState
    readonly effects: Effect[]
    readonly now: number
}

/** The longest pause before it is switched off again, in milliseconds. */
const LONGEST_PAUSE = 5000
/** On again within this time after it was switched off, it is switched off with a pause, in milliseconds. */
const AGAIN = 10_000

export function set(d: Draft, changes: Partial<PowerState>): void {
    d.s = { ...d.s, ...changes }
}

/** Asks for the state of the relay. @returns the number of the question; infinite if it cannot be asked */
export function query(d: Draft): number {
    if (!d.s.isConnected) return Number.POSITIVE_INFINITY
    const questions = asked(d.s.questions, d.now, d.s.confirm)
    set(d, { questions })
    d.effects.push({ do: 'query', id: questions.asked })
    return questions.asked
}

/** Has the plug asked again, with backoff, until it has answered: messages get lost. */
export function poll(d: Draft, polls = 1): void {
    set(d, { polls })
    d.effects.push({ do: 'arm', timer: 'poll', ms: Math.max(d.s.confirm, backoff(polls)) })
}

/** It may have been switched, or have lost its power or what it was told, while it could not be heard. */
export function reached(d: Draft): void {
    const { pending } = d.s
    set(d, {
        isCurrent: false,
        questions: unsure(d.s.questions, d.now),
        pending: pending && { ...pending, isReconnected: true, question: null },
    })
    query(d)
    if (d.s.isConnected) d.effects.push({ do: 'send', what: 'measure' })
    poll(d)
}

export function found(d: Draft, isReachable: boolean): void {
    if (d.s.isReachable === isReachable) return
    set(d, { isReachable })
    d.effects.push({ do: 'tell', isReachable })
    if (isReachable) inReach(d)
}

/** It can be told anything again: what is due is sent now. */
export function inReach(d: Draft): void {
    d.effects.push({ do: 'in-reach' })
    switchOffNow(d)
}

/** Nobody runs and it is off. An OFF stays due as long as it may yet go on by what we told it. */
export function wentOff(d: Draft, owner: string, ends: Ends | null): void {
    const { logged, ended, offDue } = d.s
    // Somebody else may have switched it off before we did.
    const log = logged === false ? null : { on: false, owner }
    set(d, { wasOn: false, logged: false, offDue: d.s.isClaimed || !isSurelyOff(d.s), ended: endedByNobody, unconfirmed: null })
    if (log || ends || ended.ids.length > 0 || offDue !== d.s.offDue) record(d, { log, offIds: ended.ids, ends })
}

export function record(d: Draft, { log = null, offIds = [], ends = null }: Partial<Extract<Effect, { do: 'record' }>> = {}): void {
    d.effects.push({ do: 'record', log, offIds, ends })
}

/** Switches off what must be off, unless it is being tried or a pause has to pass: a plug that does not obey is not to be flooded. */
export function switchOff(d: Draft): void {
    const { retry } = d.s
    if (retry.isTrying || retry.isWaiting || !isOffDue(d.s, d.now)) return
    if (retry.notBefore > d.now) {
        later(d, retry.notBefore - d.now)
        return
    }
    set(d, { retry: { ...retry, isTrying: true } })
    d.effects.push({ do: 'switch-off' })
}

/** Switches off what must be off, pause or not. */
export function switchOffNow(d: Draft): void {
    stopWaiting(d)
    set(d, { retry: { ...d.s.retry, notBefore: NEVER } })
    switchOff(d)
}

/** It is on for an instance: that it was switched off just before is no reason for a pause. */
export function forgetRetries(d: Draft): void {
    stopWaiting(d)
    set(d, { retry: { ...noRetry, isTrying: d.s.retry.isTrying } })
}

function stopWaiting(d: Draft): void {
    if (!d.s.retry.isWaiting) return
    set(d, { retry: { ...d.s.retry, isWaiting: false } })
    d.effects.push({ do: 'disarm', timer: 'retry' })
}

function later(d: Draft, ms: number): void {
    set(d, { retry: { ...d.s.retry, isWaiting: true } })
    d.effects.push({ do: 'arm', timer: 'retry', ms })
}

/** An OFF has had its turn. */
export function tried(d: Draft, isOff: boolean): void {
    set(d, { retry: { ...d.s.retry, isTrying: false } })
    if (isOff) pauseIfAgain(d)
    const isDue = isOffDue(d.s, d.now)
    const failures = isDue && !isOff ? d.s.retry.failures + 1 : 0
    set(d, { retry: { ...d.s.retry, failures } })
    if (failures > 0) later(d, backoff(failures))
    else switchOff(d)
}

/** Somebody who switches on and we who switch off must not make the relay chatter. */
function pauseIfAgain(d: Draft): void {
    const { retry } = d.s
    const again = d.now - retry.offAt < AGAIN ? retry.again + 1 : 0
    const notBefore = again > 0 ? d.now + backoff(again, 250, LONGEST_PAUSE) : retry.notBefore
    set(d, { retry: { ...retry, offAt: d.now, again, notBefore } })
}
