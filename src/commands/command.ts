import type { CommandAnswer } from '../peers/index.ts'
import type { Peer } from '../ws/index.ts'

/** How a command ends: each in exactly one of these. */
export type Outcome =
    /** The device has done it, and says what came of it. */
    | 'result'
    /** The device has it, and says no more: it cannot, or it did not in time. */
    | 'acknowledged'
    /** It is not done: the device refused it or failed, another command took its place, or it was withdrawn. */
    | 'rejected'
    /** It never left, as the device did not come before its `notAfter`. */
    | 'expired'
    /** The device was away and it was not to be kept; or it has left, and nobody knows whether it arrived. */
    | 'unreachable'

/** More of how a command ended than its {@link Outcome}. */
export type Cause =
    | 'REFUSED'
    | 'FAILED'
    | 'SUPERSEDED'
    | 'WITHDRAWN'
    | 'NO_RESULT'
    | 'NO_ANSWER'
    | 'DEVICE_AWAY'
    | 'NOT_KEPT'
    | 'GATEWAY_GONE'

/** How a command ended. */
export interface Ending {
    outcome: Outcome
    cause?: Cause | undefined
    /** What the device says of it. */
    reason?: string | undefined
    /** What came of it. */
    value?: unknown
}

/** A device, as its token has it. */
export interface DeviceName {
    /** Blank where devices have no account. */
    account: string
    device: string
}

export interface Param {
    name: string
    value: unknown
}

/** A command as somebody gives it. Times are milliseconds, since 1970 or long. */
export interface Order extends DeviceName {
    /** The id of the node that it is given by. */
    node: string
    component: string
    command: string
    params: Param[]
    /** Who gives it; blank if that is not known. */
    caller: string
    /** What it came by; blank if that is not known. */
    origin: string
    /** The latest time at which it may leave. */
    notAfter: number
    /** How long it may take from when it has left until its outcome is known. */
    timeout: number
    /** Whether it is sent again if the connection breaks before it is known to have arrived. */
    resend: boolean
    /** Whether it waits for a device that is away. */
    keep: boolean
    /** Orders of an account with the same key are one command. */
    idempotencyKey: string | null
    /** Of the commands for a device with the same key that have not left, only the last is sent. */
    collapseKey: string | null
}

/** A command, and how far it is. Times are milliseconds since 1970. */
export interface Command extends Order {
    id: string
    createdAt: number
    /** When it may have left for the first time. */
    sentAt: number | null
    /** When the device said that it has it. */
    receivedAt: number | null
    /** Null for as long as it is under way. */
    ending: Ending | null
    endedAt: number | null
}

/** The key of the tasks of a device. */
export const keyOf = ({ account, device }: DeviceName): string => JSON.stringify([account, device])

export function nameOf(key: string): DeviceName {
    const [account, device] = JSON.parse(key)
    return { account, device }
}

/** How a command ends by what its device says; undefined if it goes on. */
export function endingOf({ status, value, reason }: CommandAnswer): Ending | undefined {
    if (status === 'received') return undefined
    if (status === 'done') return { outcome: 'result', value, reason }
    return { outcome: 'rejected', cause: status === 'refused' ? 'REFUSED' : 'FAILED', reason }
}

export const nameOfPeer = ({ id, identity }: Peer): DeviceName => ({ account: identity.account ?? '', device: id! })

/** Who of some peers is connected and known, each once. */
export function devicesOf(peers: Iterable<Peer>): DeviceName[] {
    const keys = [...peers].flatMap((peer) => (peer.id !== undefined && peer.open ? keyOf(nameOfPeer(peer)) : []))
    return [...new Set(keys)].map(nameOf)
}
