import type { Command } from '../families/family.ts'
import { agrees, type Commands, type How, LATE, NEVER, needsAnswer, noCommands } from './commands.ts'
import type { Pending } from './confirmation.ts'
import { noQuestions, type Questions } from './questions.ts'

/** What became of a command: confirmed, the plug does the opposite, it said nothing in time, or it could not even be sent. */
export type SwitchOutcome = 'confirmed' | 'opposite' | 'silent' | 'unsent'

/** All that decides about power. Plain data, never changed in place; times are monotonic milliseconds unless told otherwise. */
export interface PowerState {
    /** Milliseconds the plug has to confirm a command. */
    readonly confirm: number
    /** Whether what the store holds was read. */
    readonly isLoaded: boolean
    /** When it was stopped in an emergency, in milliseconds since 1970; null while it is not. */
    readonly haltedAt: number | null
    /** It is being recovered, and that is not written down yet. */
    readonly isRecovering: boolean
    /** How many instances run. */
    readonly running: number
    /** We have switched it on, or are about to: once nobody runs it must be switched off. */
    readonly offDue: boolean
    /** A start has yet to send its ON: an OFF that is reported before that does not take `offDue` back. */
    readonly isClaimed: boolean
    /** The instances that ended before the plug was known to be off, and who ended the last of them. */
    readonly ended: { readonly owner: string; readonly ids: readonly string[] }
    /** Whether it was on when last heard of, in this process or before. */
    readonly wasOn: boolean | null
    /** When it went on. */
    readonly onSince: number
    /** Whether the last entry of the power log is ON; null while there is none. */
    readonly logged: boolean | null
    /** The last command whose confirmation never came: a late echo of it is nobody's button. */
    readonly unconfirmed: { readonly on: boolean; readonly owner: string; readonly at: number } | null
    readonly isConnected: boolean
    /** Whether the plug can be reached, by its last will or because it was just heard; null while neither is known. */
    readonly isReachable: boolean | null
    /** Whether the relay is on, as the plug said last; null before that, and after a command that was not confirmed. */
    readonly relay: boolean | null
    /** Whether the plug has said what `relay` is since it was last out of reach. */
    readonly isCurrent: boolean
    readonly commands: Commands
    readonly questions: Questions
    /** The command that waits for its confirmation. */
    readonly pending: Pending | null
    /** How often it was asked in vain, one after the other. */
    readonly polls: number
    readonly retry: OffRetry
}

/** When a plug that must be off is switched off again. */
export interface OffRetry {
    /** A command to switch it off waits for its turn or for its confirmation. */
    readonly isTrying: boolean
    /** The next one is sent after a pause. */
    readonly isWaiting: boolean
    /** How many failed, one after the other. */
    readonly failures: number
    readonly offAt: number
    /** How often it went on again soon after it was switched off. */
    readonly again: number
    readonly notBefore: number
}

export const noRetry: OffRetry = { isTrying: false, isWaiting: false, failures: 0, offAt: NEVER, again: 0, notBefore: NEVER }

export const endedByNobody: PowerState['ended'] = { owner: '<unknown>', ids: [] }

/** What a socket knows when it is opened. @param haltedAt and @param offDue what the one before it could not write down */
export const opened = (confirm: number, now: number, haltedAt: number | null, offDue: boolean): PowerState => ({
    confirm,
    isLoaded: false,
    haltedAt,
    isRecovering: false,
    running: 0,
    offDue,
    isClaimed: false,
    ended: endedByNobody,
    wasOn: null,
    onSince: 0,
    logged: null,
    unconfirmed: null,
    isConnected: false,
    isReachable: null,
    relay: null,
    isCurrent: false,
    // The process before this one may have switched off just now.
    commands: { ...noCommands, offEchoesUntil: now + LATE },
    questions: noQuestions(now),
    pending: null,
    polls: 0,
    retry: noRetry,
})

/** Whether it has said so, and was told nothing else since. */
export const isRelay = (s: PowerState, on: boolean, now: number): boolean => s.relay === on && agrees(s.commands, on, now)

/** Whether it has said OFF after whatever may have switched it on for us. */
export const isSurelyOff = (s: PowerState): boolean => s.relay === false && !s.commands.mayBeOn

/** Whether it is not certain that the last ON has been carried out, or one is about to be sent. */
export const isOnUnproven = (s: PowerState): boolean => s.isClaimed || s.commands.isOnUnproven

/** Who runs is not known before the store was read: until then only an emergency switches off. */
const mustBeOff = (s: PowerState): boolean => s.haltedAt !== null || (s.isLoaded && s.offDue && s.running === 0)

/** Whether nothing can be started: it is stopped in an emergency, or the end of that is not written down yet. */
export const isHalted = (s: PowerState): boolean => s.haltedAt !== null || s.isRecovering

/** Whether it has yet to be switched off. */
export const isOffDue = (s: PowerState, now: number): boolean => mustBeOff(s) && !isRelay(s, false, now)

/** On whose behalf a plug that nobody runs is switched off. */
export const offOwner = (s: PowerState): string => (s.haltedAt === null ? s.ended.owner : '<emergency>')

/** Whose command a report that nobody waits for is the late echo of, if any. */
export const lateEcho = ({ unconfirmed }: PowerState, on: boolean, now: number): string | undefined =>
    unconfirmed && unconfirmed.on === on && now - unconfirmed.at < LATE ? unconfirmed.owner : undefined

/** Whether the plug is to be asked until it answers. */
export const needsPoll = (s: PowerState, now: number): boolean => s.relay === null || !s.isCurrent || needsAnswer(s.commands, now)

/** What the machine is told. */
export type MachineEvent =
    /**
     * What the store holds was read: `running` are the ids of those that run, `wasOn` is the last entry of its power log, `isOnUnproven` is
     * as {@link isOnUnproven} was.
     */
    | { type: 'loaded'; offDue: boolean; isOnUnproven: boolean; haltedAt: number | null; running: readonly string[]; wasOn: boolean | null }
    /** Instances whose time was over when that was read have ended. `isIdle` here and below: nothing has its turn in the queue. */
    | { type: 'resumed'; isIdle: boolean }
    | { type: 'connected' }
    | { type: 'disconnected' }
    /** The plug's last will, or its greeting; `isNews` unless the broker had kept it. */
    | { type: 'will'; isReachable: boolean; isNews: boolean }
    /** It said anything. */
    | { type: 'heard' }
    /** It said whether its relay is on. `answers` is the number of the question, if it says so. */
    | { type: 'report'; on: boolean; how: How; answers?: number | undefined; isIdle: boolean }
    /** It said something about its relay that is not understood; `ask` makes it explain itself. */
    | { type: 'unclear'; ask: Command }
    /** A reading is being asked for. */
    | { type: 'measuring' }
    /** A start will switch it on. */
    | { type: 'claimed' }
    /** It could not be written down, or the plug could not be told. */
    | { type: 'unclaimed' }
    /** Switch now; `ends` is the instance that ends with it, `within` the milliseconds the plug has. One at a time. */
    | { type: 'switch'; on: boolean; owner: string; ends: string | null; within: number }
    /** The broker did not take what was to be sent. */
    | { type: 'unsent'; what: 'command' | 'question' }
    /** Whoever waited for the command does so no longer. */
    | { type: 'abandoned' }
    /** An emergency while something else has its turn: OFF is sent at once, and nobody waits. */
    | { type: 'pushed-off' }
    | { type: 'started' }
    /** A start has failed after the plug went on for it, or could not be written down. */
    | { type: 'failed'; id: string; wentOn: boolean; ran: boolean }
    /** An instance was stopped while others run. */
    | { type: 'stopped' }
    /** An instance has run for its time. */
    | { type: 'expired'; id: string }
    /** An emergency stop at that time, in milliseconds since 1970, of those that run. */
    | { type: 'halted'; at: number; ids: readonly string[] }
    | { type: 'recovering' }
    /** The recovery was written down; or not, and it is halted as before. */
    | { type: 'recovered'; haltedAt: number | null }
    /** Whatever had its turn in the queue is done. */
    | { type: 'turn-over' }
    /** An OFF that the machine wanted has had its turn. */
    | { type: 'tried'; isOff: boolean }
    | { type: 'timer'; timer: Timer }

/** `confirm` and `doubt` end the wait for a confirmation, `poll` asks the plug again, `retry` switches it off again. */
export type Timer = 'confirm' | 'doubt' | 'poll' | 'retry'

/** What a step has done by whoever runs the machine, in order. */
export type Effect =
    /** `off-unawaited` waits for no confirmation, `reading` goes along with an ON. */
    | { do: 'send'; what: 'on' | 'off' | 'off-unawaited' | 'measure' | 'reading' }
    /** `id` is the number of the question, for plugs whose answers say what they answer. */
    | { do: 'query'; id: number }
    | { do: 'ask'; command: Command }
    /** Sets a timer, or sets it anew. */
    | { do: 'arm'; timer: Timer; ms: number }
    | { do: 'disarm'; timer: Timer }
    /** The command is done with. */
    | { do: 'settle'; outcome: SwitchOutcome }
    /** Written down at once with the socket; `log` is an entry of the power log, `offIds` ended earlier and are without power from now on. */
    | { do: 'record'; log: { on: boolean; owner: string } | null; offIds: readonly string[]; ends: Ends | null }
    /** It went on for a start, which writes that down together with its instance. */
    | { do: 'log-on'; owner: string }
    /** Queues a command to switch it off. */
    | { do: 'switch-off' }
    | { do: 'tell'; isReachable: boolean }
    /** The plug can be told anything again. */
    | { do: 'in-reach' }

/** Which instances end: the one that was stopped, or all, by hand unless the last of them was being stopped by `late`. */
export type Ends = { how: 'stopped'; id: string } | { how: 'manual'; late: string | undefined } | { how: 'emergency' }
