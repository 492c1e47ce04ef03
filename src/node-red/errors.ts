import { inspect } from 'node:util'

/** `code` is an own property, so that a Catch node sees it as `msg.error.code`. */
export class SocketworksError extends Error {
    override readonly name = 'SocketworksError'
    readonly code: string

    constructor(code: string, message: string, options?: ErrorOptions) {
        super(message, options)
        this.code = code
    }
}

export const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(told(error)))

/** JSONata, for one, throws objects that have a message but are no errors. */
function told(error: unknown): string {
    if (typeof error === 'string') return error
    const { message } = (error ?? {}) as { message?: unknown }
    return typeof message === 'string' ? message : inspect(error, { depth: 1 })
}
