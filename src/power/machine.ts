import { type How, heard, needsAnswer, strayAnswer, takenOver } from './machine/commands.ts'
import { type Draft, found, inReach, poll, query, reached, record, set, switchOff, switchOffNow, tried, wentOff } from './machine/draft.ts'
import { answered, isStray, unsure } from './machine/questions.ts'
import {
    type Effect,
    endedByNobody,
    isSurelyOff,
    lateEcho,
    type MachineEvent,
    needsPoll,
    type PowerState,
    type Timer,
} from './machine/state.ts'
import { abandon, begin, endDoubt, late, pushOff, report, unsent } from './machine/switching.ts'

export { mayPredateOn } from './machine/commands.ts'
export {
    type Effect,
    type Ends,
    isHalted,
    isOffDue,
    isOnUnproven,
    isRelay,
    type MachineEvent,
    offOwner,
    opened,
    type PowerState,
    type SwitchOutcome,
    type Timer,
} from './machine/state.ts'

type Of<T extends MachineEvent['type']> = Extract<MachineEvent, { type: T }>

/**
 * Decides what is done about a socket's power. Pure: whoever calls it keeps the state, and has the effects carried out in their order.
 * docs/power-machine.md shows which event leads where.
 * @param now monotonic milliseconds
 */
export function step(state: PowerState, event: MachineEvent, now: number): { state: PowerState; effects: Effect[] } {
    const draft: Draft = { s: state, effects: [], now }
    const handle = handlers[event.type] as (d: Draft, event: MachineEvent) => void
    handle(draft, event)
    return { state: draft.s, effects: draft.effects }
}

const handlers: { [T in MachineEvent['type']]: (d: Draft, event: Of<T>) => void } = {
    loaded,
    resumed,
    connected(d) {
        if (d.s.isConnected) return
        set(d, { isConnected: true })
        reached(d)
        inReach(d)
    },
    disconnected: (d) => set(d, { isConnected: false }),
    will(d, { isReachable, isNews }) {
        // Only a plug that was away comes back; that the broker remembers it is no news.
        if (isReachable && (isNews || d.s.isReachable === false)) reached(d)
        found(d, isReachable)
    },
    heard: (d) => found(d, true),
    report: reports,
    unclear(d, { ask }) {
        // One answer explains whatever was said before it.
        if (!d.s.isCurrent) return
        set(d, { isCurrent: false })
        query(d)
        d.effects.push({ do: 'ask', command: ask })
        poll(d)
    },
    measuring: (d) => d.s.relay === null && !d.s.pending && query(d),
    claimed: (d) => set(d, { offDue: true, isClaimed: true }),
    unclaimed: (d) => set(d, { offDue: false, isClaimed: false }),
    switch: begin,
    unsent: (d, { what }) => (what === 'command' && d.s.pending ? unsent(d) : set(d, { questions: unsure(d.s.questions, d.now) })),
    abandoned: (d) => d.s.pending && abandon(d),
    'pushed-off': pushOff,
    // Instances that ended before this start did so while the socket stayed on.
    started: (d) => set(d, { running: d.s.running + 1, offDue: true, ended: endedByNobody }),
    failed(d, { id, wentOn, ran }) {
        set(d, { running: d.s.running - Number(ran), isClaimed: ran && d.s.isClaimed })
        if (d.s.running > 0) return
        if (ran || wentOn) set(d, { ended: { ...d.s.ended, owner: id } })
        switchOff(d)
    },
    stopped: (d) => set(d, { running: d.s.running - 1 }),
    expired,
    halted(d, { at, ids }) {
        // An OFF is due also if it is recovered before, and if what the store holds is not known yet: better one too many.
        const offDue = d.s.offDue || !d.s.isLoaded || !isSurelyOff(d.s)
        set(d, { haltedAt: d.s.haltedAt ?? at, offDue })
        endAll(d, ids)
    },
    recovering: (d) => set(d, { haltedAt: null, isRecovering: true }),
    recovered(d, { haltedAt }) {
        set(d, { isRecovering: false, haltedAt: d.s.haltedAt ?? haltedAt })
        switchOff(d)
    },
    'turn-over': turnOver,
    tried: (d, { isOff }) => tried(d, isOff),
    timer: (d, { timer }) => timers[timer](d),
}

const timers: { [T in Timer]: (d: Draft) => void } = {
    confirm: (d) => d.s.pending && late(d),
    doubt: (d) => d.s.pending && endDoubt(d),
    poll(d) {
        if (!d.s.isConnected || !needsPoll(d.s, d.now)) return
        query(d)
        poll(d, d.s.polls + 1)
    },
    retry(d) {
        set(d, { retry: { ...d.s.retry, isWaiting: false } })
        switchOffNow(d)
    },
}

function loaded(d: Draft, event: Of<'loaded'>): void {
    const { running } = event
    const wasHalted = d.s.haltedAt !== null
    const offDue = d.s.offDue || event.offDue
    const { wasOn, logged } = d.s
    set(d, { isLoaded: true, offDue, running: running.length, wasOn: wasOn ?? event.wasOn, logged: logged ?? event.wasOn })
    set(d, { haltedAt: d.s.haltedAt ?? event.haltedAt })
    if (offDue) {
        set(d, { commands: takenOver(d.s.commands, running.length === 0, event.isOnUnproven, d.now) })
        poll(d)
    }
    // Halted before, or while the store was away: in both cases nobody runs.
    if (d.s.haltedAt === null || (running.length === 0 && !wasHalted)) return
    endAll(d, running)
    record(d, { ends: { how: 'emergency' } })
}

function resumed(d: Draft, { isIdle }: Of<'resumed'>): void {
    if (d.s.relay !== null && d.s.pending) set(d, { wasOn: d.s.relay })
    else if (d.s.relay !== null) noticed(d, d.s.relay, 'answer', isIdle)
    switchOffNow(d)
}

function reports(d: Draft, event: Of<'report'>): void {
    const { on, how, answers, isIdle } = event
    const isWaited = d.s.pending !== null
    set(d, { relay: on, isCurrent: true })
    if (how === 'answer') {
        // Some say everything twice, some are asked by others too, and two plugs may share a topic.
        if (isStray(d.s.questions, answers)) {
            set(d, { commands: strayAnswer(d.s.commands, d.now) })
            if (needsAnswer(d.s.commands, d.now)) poll(d)
        }
        set(d, { questions: answered(d.s.questions, answers, d.now) })
    }
    const { mayBeOn } = d.s.commands
    set(d, { commands: heard(d.s.commands, on, how, d.now) })
    if (d.s.commands.mayBeOn && !mayBeOn) poll(d)
    // While a command waits for its confirmation, a report is about that.
    if (isWaited) {
        set(d, { wasOn: d.s.isLoaded ? on : d.s.wasOn })
        report(d, event)
    } else noticed(d, on, how, isIdle)
}

/** A report while no command waits for its confirmation. */
function noticed(d: Draft, on: boolean, how: How, isIdle: boolean): void {
    if (!d.s.isLoaded) {
        // An emergency holds, whatever else the store has to tell.
        if (on) switchOff(d)
        return
    }
    const wasOn = d.s.wasOn === true
    set(d, { wasOn: on })
    const who = how === 'echo' ? '<manual>' : '<unknown>'
    if (on) foundOn(d, wasOn, who)
    else foundOff(d, wasOn, who)
    if (isIdle) checkOff(d)
}

function foundOn(d: Draft, wasOn: boolean, who: string): void {
    if (!wasOn) {
        const owner = lateEcho(d.s, true, d.now)
        const offDue = d.s.offDue || (owner !== undefined && d.s.running === 0)
        set(d, { wasOn: true, logged: true, onSince: d.now, unconfirmed: null, offDue })
        record(d, { log: { on: true, owner: owner ?? who } })
    }
    switchOff(d)
}

function foundOff(d: Draft, wasOn: boolean, who: string): void {
    const { running, offDue, logged, ended } = d.s
    if (!wasOn && running === 0 && (!offDue || logged === false)) return
    const owner = lateEcho(d.s, false, d.now)
    set(d, { running: 0 })
    wentOff(d, owner ?? (running === 0 && offDue ? ended.owner : who), running > 0 ? { how: 'manual', late: owner } : null)
}

/** An OFF is due no longer once the plug has said OFF after all that it was told. */
function checkOff(d: Draft): void {
    const { running, offDue, wasOn, commands } = d.s
    if (running > 0) return
    if (!offDue && needsAnswer(commands, d.now)) set(d, { offDue: true })
    else if (offDue && isSurelyOff(d.s) && wasOn === false) set(d, { offDue: false, unconfirmed: null })
    if (d.s.offDue !== offDue) record(d)
    switchOff(d)
}

/** Looks at what the plug reported while something had its turn, if it was not about that. */
function turnOver(d: Draft): void {
    const { isLoaded, relay, logged, running } = d.s
    if (!isLoaded || relay === null) return void switchOff(d)
    if (relay && !logged) foundOn(d, false, '<unknown>')
    else if (!relay && (logged || running > 0)) foundOff(d, true, '<unknown>')
    checkOff(d)
}

/** It is over, be the plug in reach or not; the plug goes off as soon as it is. */
function expired(d: Draft, { id }: Of<'expired'>): void {
    const { running, ended, pending } = d.s
    set(d, { running: running - 1, pending: pending?.ends === id ? { ...pending, ends: null } : pending })
    if (running > 1) return
    set(d, { ended: { owner: '<timeout>', ids: [...ended.ids, id] } })
    switchOff(d)
}

/** Those that run end by an emergency, before the plug is off. */
function endAll(d: Draft, ids: readonly string[]): void {
    const { ended, pending } = d.s
    set(d, { running: 0, ended: { owner: '<emergency>', ids: [...ended.ids, ...ids] }, pending: pending && { ...pending, ends: null } })
}
