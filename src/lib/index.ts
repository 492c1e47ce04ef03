export { Agenda } from './agenda.ts'
export { Budget } from './budget.ts'
export { type Clock, setWallClock, systemClock } from './clock.ts'
export { Deduplicator } from './deduplicator.ts'
export { diskReason } from './disk-reason.ts'
export { dropOldest } from './drop-oldest.ts'
export { messageOf, stackOf } from './errors.ts'
export { exactly, hasAmbiguous, isAmbiguous, parseExactly } from './exact.ts'
export { type Fault, Faults, objectOf } from './faults.ts'
export {
    finite,
    identifier,
    isMissing,
    jsonText,
    milliseconds,
    moment,
    nonNegative,
    optional,
    seconds,
    wholeNumber,
    word,
} from './input.ts'
export { isoTime } from './iso-time.ts'
export { deeper, detached, put, same } from './json.ts'
export { lineOf } from './line.ts'
export { Listeners } from './listeners.ts'
export { memorySize } from './memory-size.ts'
export { pause } from './pause.ts'
export { badInput, Refusal } from './refusal.ts'
export { retentionClock } from './retention-clock.ts'
export { backoff, retryUntil } from './retry.ts'
export { afterTurn, turn } from './turn.ts'
export { Zone } from './zone.ts'
