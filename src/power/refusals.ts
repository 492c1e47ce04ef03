import { Refusal } from '../lib/index.ts'
import type { SwitchOutcome } from './machine.ts'

export const halted = (details = {}) =>
    new Refusal(409, 'EMERGENCY_STOPPED', 'the socket is stopped in an emergency; recover it first', details)
export const turnedOff = (details = {}) => new Refusal(409, 'TURNED_OFF', 'the socket was turned off instead of on', details)
export const turnedOn = (details = {}) => new Refusal(409, 'TURNED_ON', 'the socket was turned on instead of off', details)
export const notFound = (id: string) => new Refusal(404, 'NOT_FOUND', `there is no instance ${id.slice(0, 80)}`)
export const notLoaded = () => new Refusal(503, 'STORE_UNAVAILABLE', 'the store is not available')
export const tooManyReads = (what: string) => new Refusal(429, 'TOO_MANY_READS', `${what}; try again when that is done`)

/** Why a command was not carried out, other than by a plug that did the opposite. */
export const unconfirmed = (outcome: SwitchOutcome, message: string, details = {}) =>
    outcome === 'unsent'
        ? new Refusal(500, 'BROKER_OFFLINE', `the broker is not connected; ${message}`, details)
        : new Refusal(500, 'NOT_CONFIRMED', `the plug did not confirm in time; ${message}`, details)

/** An emergency that has done its work, of which the store does not know yet. */
export const notWritten = (why: Refusal, details = {}) =>
    new Refusal(
        why.status,
        why.code,
        `the socket is off and halted, but that is not written down yet: ${why.message}; it will be as soon as the store can be written`,
        details,
        why,
    )
