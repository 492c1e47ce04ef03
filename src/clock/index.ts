export { Agenda } from './agenda.ts'
export { backoff } from './backoff.ts'
export { type Clock, systemClock } from './clock.ts'
export { pause } from './pause.ts'
