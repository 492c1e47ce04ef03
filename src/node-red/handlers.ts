import type { NodeMessage } from 'node-red'

export type Send = (msg: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void

export interface Handlers {
    /** What it does is not to be asked for by pages of other origins, whatever the request's method says. */
    acts?: boolean
    /** Whether it is to tell somebody of the refusal that a message holds, rather than to try again what was refused. */
    tellsOf?(msg: NodeMessage & { refusal?: unknown }): boolean
    /** What it throws goes to output 2 if it is a `Refusal`, and to Catch nodes otherwise. */
    input?(msg: NodeMessage, send: Send): void | Promise<void>
    close?(removed: boolean): void | Promise<void>
}
