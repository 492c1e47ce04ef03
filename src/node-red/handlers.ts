import type { NodeMessage } from 'node-red'

export type Send = (msg: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void

export interface Handlers {
    /** A message changes something, so that no page of another origin may ask for it, whatever the method of its request is. */
    changesState?: boolean
    /** Whether the node deals with the refusal that a message holds, instead of trying again what was refused. */
    handlesRefusal?(msg: NodeMessage & { refusal?: unknown }): boolean
    /** What it throws goes to output 2 if it is a `Refusal`, and to Catch nodes otherwise. */
    input?(msg: NodeMessage, send: Send): void | Promise<void>
    close?(removed: boolean): void | Promise<void>
}
