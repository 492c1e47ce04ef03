import type { Task } from '../tasks/index.ts'
import type { Address } from '../ws/index.ts'

/** A message for a peer that may be away, as the node that sent it is told of it. */
export interface KeptMessage {
    /** The node that was told to send it. */
    node: string
    peer: string
    /** Whose peer it is; null if nobody said so. */
    account: string | null
    /** The frame's content, as JSON. */
    payload: string
}

/** For whom a message is. */
export interface Recipient extends Pick<KeptMessage, 'peer' | 'account'> {
    /** Whether it is only for one that proves its id. */
    proven: boolean
}

/** As the key of a task. */
export const keyOf = ({ peer, account, proven }: Recipient): string => JSON.stringify([peer, account, proven])

export function addressOf(key: string): Address {
    const [id, account, proven] = JSON.parse(key)
    return { id, proven, ...(account !== null && { account }) }
}

/** As the payload of a task: the node, and after the first line the content. */
export const written = (node: string, payload: string): string => `${node}\n${payload}`

const contentText = ({ payload }: Pick<Task, 'payload'>): string => payload.slice(payload.indexOf('\n') + 1)

export const contentOf = (task: Pick<Task, 'payload'>): unknown => JSON.parse(contentText(task))

export function keptMessage(task: Pick<Task, 'payload' | 'key'>): KeptMessage {
    const { id, account = null } = addressOf(task.key!)
    return { node: task.payload.slice(0, task.payload.indexOf('\n')), peer: id, account, payload: contentText(task) }
}
