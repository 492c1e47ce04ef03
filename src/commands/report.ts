import { Refusal } from '../lib/index.ts'
import type { Command, Outcome, Param } from './command.ts'

/** How far a command is: not sent, sent, or taken by its device; or how it ended. */
export type CommandStatus = 'waiting' | 'sent' | 'received' | Outcome

/** What flows are told of a command. Times are milliseconds since 1970. */
export interface CommandView {
    id: string
    accountId?: string
    deviceId: string
    componentId: string
    command: string
    params: Param[]
    caller?: string
    origin?: string
    status: CommandStatus
    cause?: string
    reason?: string
    value?: unknown
    notAfter: number
    history: { at: number; status: CommandStatus }[]
    /** Milliseconds from when it was given until it had ended. */
    latency?: number
}

export function viewOf(command: Command): CommandView {
    const { id, account, device, component, command: name, params, caller, origin, ending, notAfter, createdAt, endedAt } = command
    const history = historyOf(command)
    return {
        id,
        ...(account !== '' && { accountId: account }),
        deviceId: device,
        componentId: component,
        command: name,
        params,
        ...(caller !== '' && { caller }),
        ...(origin !== '' && { origin }),
        status: history.at(-1)!.status,
        ...(ending?.cause && { cause: ending.cause }),
        ...(ending?.reason !== undefined && { reason: ending.reason }),
        ...(ending?.value !== undefined && { value: ending.value }),
        notAfter,
        history,
        ...(endedAt !== null && { latency: endedAt - createdAt }),
    }
}

function historyOf({ createdAt, sentAt, receivedAt, endedAt, ending }: Command): CommandView['history'] {
    const steps: [number | null, CommandStatus | undefined][] = [
        [createdAt, 'waiting'],
        [sentAt, 'sent'],
        [receivedAt, 'received'],
        [endedAt, ending?.outcome],
    ]
    return steps.flatMap(([at, status]) => (at === null || status === undefined ? [] : { at, status }))
}

/** What a caller is told of a command that was not done; undefined if it was, or may still be. */
export function refusalOf(command: Command): Refusal | undefined {
    const { ending, device } = command
    if (!ending || ending.outcome === 'result' || ending.outcome === 'acknowledged') return undefined
    const { outcome, cause, reason } = ending
    const details = { command: viewOf(command) }
    if (outcome === 'expired') return new Refusal(410, 'EXPIRED', `the device ${device} did not come in time for the command`, details)
    if (cause === 'DEVICE_AWAY') return new Refusal(503, 'DEVICE_AWAY', `the device ${device} is not connected`, details)
    if (cause === 'NOT_KEPT') return new Refusal(503, 'STORE_UNAVAILABLE', 'the command could not be kept, and was not sent', details)
    if (outcome === 'unreachable')
        return new Refusal(504, 'NO_ANSWER', `the device ${device} did not answer in time; the command may have been done`, details)
    return new Refusal(409, 'COMMAND_REJECTED', `the command was not done: ${reason ?? why[cause ?? ''] ?? why.REFUSED}`, details)
}

const why: Record<string, string> = {
    REFUSED: 'the device refused it',
    FAILED: 'the device tried it and failed',
    SUPERSEDED: 'another one took its place',
    WITHDRAWN: 'it was withdrawn',
    GATEWAY_GONE: 'the endpoint of its device was deleted',
}
