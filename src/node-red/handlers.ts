import type { NodeMessage } from 'node-red'

/** What leaves by an output. A function makes the message once it is known that somebody takes it. */
export type Outgoing = NodeMessage | NodeMessage[] | (() => NodeMessage) | null

export type Send = (msg: NodeMessage | Outgoing[]) => void

export interface Handlers {
    /** A message changes something, so that no page of another origin may ask for it, whatever the method of its request is. */
    changesState?: boolean
    /** Whether the node deals with the refusal that a message holds, instead of trying again what was refused. */
    handlesRefusal?(msg: NodeMessage & { refusal?: unknown }): boolean
    /** What it throws goes to output 2 if it is a `Refusal`, and to Catch nodes otherwise. */
    input?(msg: NodeMessage, send: Send): void | Promise<void>
    close?(removed: boolean): void | Promise<void>
}
