import type { Task } from '../tasks/index.ts'
import type { Address } from '../ws/index.ts'

/** A stored message, as the node that sent it is told of it. */
export interface KeptMessage {
    /** The id of the node that sends it. */
    node: string
    peer: string
    /** The account of the peer; null if it is not known. */
    account: string | null
    /** JSON. */
    payload: string
}

export interface Recipient extends Pick<KeptMessage, 'peer' | 'account'> {
    /** Whether it is only for a peer that has proven its id. */
    proven: boolean
}

/** The key of a task. */
export const keyOf = ({ peer, account, proven }: Recipient): string => JSON.stringify([peer, account, proven])

export function addressOf(key: string): Address {
    const [id, account, proven] = JSON.parse(key)
    return { id, proven, ...(account !== null && { account }) }
}

/** The payload of a task: the node in the first line, and then the content. */
export const keptPayload = (node: string, payload: string): string => `${node}\n${payload}`

const contentText = ({ payload }: Pick<Task, 'payload'>): string => payload.slice(payload.indexOf('\n') + 1)

export const contentOf = (task: Pick<Task, 'payload'>): unknown => JSON.parse(contentText(task))

export function keptMessage(task: Pick<Task, 'payload' | 'key'>): KeptMessage {
    const { id, account = null } = addressOf(task.key!)
    return { node: task.payload.slice(0, task.payload.indexOf('\n')), peer: id, account, payload: contentText(task) }
}
